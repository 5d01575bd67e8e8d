export const id=8132,ids=[8132],modules={24238:((f,l,u)=>{u.d(l,{W:()=>r});var T=u(4498);function r(N){const d=N.split("/").filter(A=>A!==""&&A!==".");if(N.startsWith("/")||d.includes("..")||/[\\\0]/.test(N)||/^[A-Za-z]:/.test(N))throw new T.I("ARTIFACT_PATH_INVALID",`artifact path "${N}" is not a path below the artifacts: it may not be absolute nor hold "..", "\\" or a drive`);return d.join("/")}}),95843:((f,l,u)=>{u.d(l,{$2:()=>d,E1:()=>N,WR:()=>m});var T=u(4498),r=u(76377);const N={PENDING:1,READY:2,FAILED:3},d=Number.MAX_VALUE;function m(t,e){switch(e.op){case"createExperiment":O(t,e);return;case"createRun":R(t,e);return;case"logBatch":A(t,e.runId);for(const[_,n]of Object.entries(e.params))L(t,e.runId,_,n);I(t,e.runId,e.metrics),s(t,e.runId,e.tags);return;case"logDatasets":a(t,e);return;case"endRun":A(t,e.runId),t.run("UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?",e.status,e.time,e.runId);return;case"createLoggedModel":E(t,e);return;case"finalizeLoggedModel":t.run("UPDATE logged_models SET status = ?, last_updated_timestamp_ms = ? WHERE model_id = ?",N[e.status],e.time,e.modelId);return}}function A(t,e){const _=t.get("SELECT experiment_id, lifecycle_stage FROM runs WHERE run_uuid = ?",e);if(!_)throw new T.I("RUN_NOT_FOUND",`there is no run "${e}" in ${t.path}`);if(_.lifecycle_stage!=="active")throw new T.I("RUN_NOT_FOUND",`run "${e}" has been deleted`);return{experimentId:Number(_.experiment_id)}}function O(t,e){const{experimentId:_,name:n,time:i}=e;t.run(`INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
     VALUES (?, ?, ?, 'active', ?, ?)`,Number(_),n,e.artifactLocation??(0,r.u)(t.artifactRoot,_),i,i)}function p(t,e){const _=t.get("SELECT artifact_location FROM experiments WHERE experiment_id = ?",Number(e));if(!_)throw new T.I("EXPERIMENT_NOT_FOUND",`there is no experiment with id ${e} in ${t.path}`);return String(_.artifact_location)}function R(t,e){const _=(0,r.u)(p(t,e.experimentId),`${e.runId}/artifacts`);t.run(`INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time,
       source_version, lifecycle_stage, artifact_uri, experiment_id)
     VALUES (?, ?, 'UNKNOWN', '', '', ?, 'RUNNING', ?, NULL, '', 'active', ?, ?)`,e.runId,e.runName,e.tags["mlflow.user"]??"",e.time,_,Number(e.experimentId)),s(t,e.runId,{"mlflow.runName":e.runName,...e.tags})}function L(t,e,_,n){const i=t.get("SELECT value FROM params WHERE run_uuid = ? AND key = ?",e,_)?.value;if(i!==n){if(i!==void 0)throw new T.I("RECORD_INVALID",`param "${_}" of run ${e} is "${i}" and cannot become "${n}": a param of a run is written once`);t.run("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",_,n,e)}}function I(t,e,_){const n=new Map;for(const i of _){const[c,g]=o(i.value);t.run("INSERT OR IGNORE INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)",i.key,c,i.timestamp,e,i.step,g);const S=n.get(i.key);(S===void 0||C(i,S))&&n.set(i.key,i)}for(const{key:i,value:c,timestamp:g,step:S}of n.values())t.run(`INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp, step = excluded.step,
         is_nan = excluded.is_nan
       WHERE (excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`,i,o(c)[0],g,S,o(c)[1],e)}function C(t,e){return t.step!==e.step?t.step>e.step:t.timestamp!==e.timestamp?t.timestamp>e.timestamp:o(t.value)[0]>o(e.value)[0]}function o(t){return Number.isNaN(t)?[0,1]:[Math.max(-d,Math.min(d,t)),0]}function s(t,e,_){for(const[n,i]of Object.entries(_))t.run("INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",n,i,e),n==="mlflow.runName"&&t.run("UPDATE runs SET name = ? WHERE run_uuid = ?",i,e)}function a(t,{runId:e,datasets:_}){const{experimentId:n}=A(t,e);for(const i of _){t.run(`INSERT OR IGNORE INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source,
         dataset_schema, dataset_profile) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,i.datasetId,n,i.name,i.digest,i.sourceType,i.source,i.schema,i.profile);const{dataset_uuid:c}=t.get("SELECT dataset_uuid FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?",n,i.name,i.digest);t.run(`INSERT OR IGNORE INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step)
       VALUES (?, 'DATASET', ?, 'RUN', ?, 0)`,i.inputId,String(c),e)>0&&t.run("INSERT INTO input_tags (input_uuid, name, value) VALUES (?, 'mlflow.data.context', ?)",i.inputId,i.context)}}function E(t,e){const _=(0,r.u)(p(t,e.experimentId),`models/${e.modelId}/artifacts`);t.run(`INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms,
       last_updated_timestamp_ms, status, lifecycle_stage, source_run_id) VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?)`,e.modelId,Number(e.experimentId),e.name,_,e.time,e.time,N.PENDING,e.runId),A(t,e.runId),t.run(`INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step)
     VALUES (?, 'RUN_OUTPUT', ?, 'MODEL_OUTPUT', ?, 0)`,e.outputId,e.runId,e.modelId)}}),5145:((f,l,u)=>{u.d(l,{K:()=>N});var T=u(4498);const r={PERM:3,BUSY:5,LOCKED:6,READONLY:8,IOERR:10,CORRUPT:11,FULL:13,CANTOPEN:14,NOTADB:26};function N(d,m){const{code:A,errcode:O,errstr:p}=d??{};if(A!=="ERR_SQLITE_ERROR"||typeof O!="number")return d;const R=(L,I)=>new T.I(L,I,{cause:d});switch(O&255){case r.BUSY:case r.LOCKED:return R("STORE_LOCKED",`${m} is held by another process that has not let go in time`);case r.NOTADB:return R("STORE_SCHEMA_UNKNOWN",`${m} is not an SQLite database`);case r.CORRUPT:return R("STORE_DAMAGED",`${m} is damaged: ${String(p)}`);case r.FULL:return R("DISK_FULL",`no space left to write ${m}; what was being recorded was not kept`);case r.READONLY:return R("PERMISSION_DENIED",`${m} is read-only`);case r.PERM:case r.CANTOPEN:return R("PERMISSION_DENIED",`${m} cannot be opened or created by this user`);case r.IOERR:return R("STORE_DAMAGED",`${m} cannot be read or written: ${String(p)}`);default:return d}}}),76377:((f,l,u)=>{u.d(l,{z:()=>I,u:()=>C});var T=u(73024),r=u(76760),N=u(80099),d=u(4498);const m={alembic_version:"version_num",experiments:"experiment_id name artifact_location lifecycle_stage creation_time last_update_time",runs:"run_uuid name source_type source_name entry_point_name user_id status start_time end_time source_version lifecycle_stage artifact_uri experiment_id",params:"key value run_uuid",tags:"key value run_uuid",metrics:"key value timestamp run_uuid step is_nan",latest_metrics:"key value timestamp step is_nan run_uuid",datasets:"dataset_uuid experiment_id name digest dataset_source_type dataset_source dataset_schema dataset_profile",inputs:"input_uuid source_type source_id destination_type destination_id step",input_tags:"input_uuid name value",logged_models:"model_id experiment_id name artifact_location creation_timestamp_ms last_updated_timestamp_ms status lifecycle_stage source_run_id",logged_model_tags:"model_id experiment_id tag_key tag_value",logged_model_params:"model_id experiment_id param_key param_value",logged_model_metrics:"model_id metric_name metric_timestamp_ms metric_step metric_value experiment_id run_id dataset_uuid dataset_name dataset_digest",registered_models:"name creation_time last_updated_time description",registered_model_tags:"key value name",registered_model_aliases:"alias version name",model_versions:"name version creation_time last_updated_time description user_id current_stage source run_id status storage_location",model_version_tags:"key value name version"};function A(o,s){if(!o.has("alembic_version"))throw new d.I("STORE_SCHEMA_UNKNOWN",`${s} is a database, but not one of MLflow: it has no table "alembic_version"`);const a=[];for(const[E,t]of Object.entries(m)){const e=t.split(" "),_=o.get(E);if(!_){a.push(`table "${E}" is missing`);continue}const n=new Set(_.map(({name:i})=>i));for(const i of e)n.has(i)||a.push(`column "${E}.${i}" is missing`);for(const{name:i,required:c}of _)c&&!e.includes(i)&&a.push(`column "${E}.${i}" needs a value that is not known here`)}if(a.length>0)throw new d.I("STORE_SCHEMA_UNKNOWN",`${s} has tables of an MLflow before 3.0 or of one newer than this version knows: ${a.join("; ")}`)}const O="bda7b8c39065",p=`
CREATE TABLE experiments (
  experiment_id INTEGER NOT NULL,
  name VARCHAR(256) NOT NULL,
  artifact_location VARCHAR(256),
  lifecycle_stage VARCHAR(32),
  creation_time BIGINT,
  last_update_time BIGINT,
  CONSTRAINT experiment_pk PRIMARY KEY (experiment_id),
  CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')),
  UNIQUE (name)
);
CREATE TABLE alembic_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE experiment_tags (
  key VARCHAR(250) NOT NULL,
  value VARCHAR(5000),
  experiment_id INTEGER NOT NULL,
  CONSTRAINT experiment_tag_pk PRIMARY KEY (key, experiment_id),
  FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
CREATE TABLE registered_models (
  name VARCHAR(256) NOT NULL,
  creation_time BIGINT,
  last_updated_time BIGINT,
  description VARCHAR(5000),
  CONSTRAINT registered_model_pk PRIMARY KEY (name),
  UNIQUE (name)
);
CREATE TABLE runs (
  run_uuid VARCHAR(32) NOT NULL,
  name VARCHAR(250),
  source_type VARCHAR(20),
  source_name VARCHAR(500),
  entry_point_name VARCHAR(50),
  user_id VARCHAR(256),
  status VARCHAR(9),
  start_time BIGINT,
  end_time BIGINT,
  source_version VARCHAR(50),
  lifecycle_stage VARCHAR(20),
  artifact_uri VARCHAR(200),
  experiment_id INTEGER,
  deleted_time BIGINT,
  CONSTRAINT run_pk PRIMARY KEY (run_uuid),
  CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')),
  CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')),
  FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
  CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
CREATE TABLE registered_model_tags (
  key VARCHAR(250) NOT NULL,
  value VARCHAR(5000),
  name VARCHAR(256) NOT NULL,
  CONSTRAINT registered_model_tag_pk PRIMARY KEY (key, name),
  FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE cascade
);
CREATE TABLE model_versions (
  name VARCHAR(256) NOT NULL,
  version INTEGER NOT NULL,
  creation_time BIGINT,
  last_updated_time BIGINT,
  description VARCHAR(5000),
  user_id VARCHAR(256),
  current_stage VARCHAR(20),
  source VARCHAR(500),
  run_id VARCHAR(32),
  status VARCHAR(20),
  status_message VARCHAR(500),
  run_link VARCHAR(500),
  storage_location VARCHAR(500),
  CONSTRAINT model_version_pk PRIMARY KEY (name, version),
  FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE CASCADE
);
CREATE TABLE latest_metrics (
  key VARCHAR(250) NOT NULL,
  value FLOAT NOT NULL,
  timestamp BIGINT,
  step BIGINT NOT NULL,
  is_nan BOOLEAN NOT NULL,
  run_uuid VARCHAR(32) NOT NULL,
  CONSTRAINT latest_metric_pk PRIMARY KEY (key, run_uuid),
  FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid),
  CHECK (is_nan IN (0, 1))
);
CREATE TABLE metrics (
  key VARCHAR(250) NOT NULL,
  value FLOAT NOT NULL,
  timestamp BIGINT NOT NULL,
  run_uuid VARCHAR(32) NOT NULL,
  step BIGINT DEFAULT '0' NOT NULL,
  is_nan BOOLEAN DEFAULT '0' NOT NULL,
  CONSTRAINT metric_pk PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan),
  FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid),
  CHECK (is_nan IN (0, 1))
);
CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics (run_uuid);
CREATE TABLE registered_model_aliases (
  alias VARCHAR(256) NOT NULL,
  version INTEGER NOT NULL,
  name VARCHAR(256) NOT NULL,
  CONSTRAINT registered_model_alias_pk PRIMARY KEY (name, alias),
  CONSTRAINT registered_model_alias_name_fkey FOREIGN KEY(name) REFERENCES registered_models (name) ON DELETE cascade ON UPDATE cascade
);
CREATE TABLE inputs (
  input_uuid VARCHAR(36) NOT NULL,
  source_type VARCHAR(36) NOT NULL,
  source_id VARCHAR(36) NOT NULL,
  destination_type VARCHAR(36) NOT NULL,
  destination_id VARCHAR(36) NOT NULL,
  step BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
CREATE INDEX index_inputs_destination_type_destination_id_source_type ON inputs (destination_type, destination_id, source_type);
CREATE INDEX index_inputs_input_uuid ON inputs (input_uuid);
CREATE TABLE input_tags (
  input_uuid VARCHAR(36) NOT NULL,
  name VARCHAR(255) NOT NULL,
  value VARCHAR(500) NOT NULL,
  CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
CREATE TABLE params (
  key VARCHAR(250) NOT NULL,
  value VARCHAR(8000) NOT NULL,
  run_uuid VARCHAR(32) NOT NULL,
  CONSTRAINT param_pk PRIMARY KEY (key, run_uuid),
  FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
CREATE INDEX index_params_run_uuid ON params (run_uuid);
CREATE TABLE trace_info (
  request_id VARCHAR(50) NOT NULL,
  experiment_id INTEGER NOT NULL,
  timestamp_ms BIGINT NOT NULL,
  execution_time_ms BIGINT,
  status VARCHAR(50) NOT NULL,
  CONSTRAINT trace_info_pk PRIMARY KEY (request_id),
  CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
CREATE INDEX index_trace_info_experiment_id_timestamp_ms ON trace_info (experiment_id, timestamp_ms);
CREATE TABLE trace_tags (
  key VARCHAR(250) NOT NULL,
  value VARCHAR(8000),
  request_id VARCHAR(50) NOT NULL,
  CONSTRAINT trace_tag_pk PRIMARY KEY (key, request_id),
  CONSTRAINT fk_trace_tags_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE INDEX index_trace_tags_request_id ON trace_tags (request_id);
CREATE TABLE trace_request_metadata (
  key VARCHAR(250) NOT NULL,
  value VARCHAR(8000),
  request_id VARCHAR(50) NOT NULL,
  CONSTRAINT trace_request_metadata_pk PRIMARY KEY (key, request_id),
  CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE INDEX index_trace_request_metadata_request_id ON trace_request_metadata (request_id);
CREATE TABLE tags (
  key VARCHAR(250) NOT NULL,
  value VARCHAR(8000),
  run_uuid VARCHAR(32) NOT NULL,
  CONSTRAINT tag_pk PRIMARY KEY (key, run_uuid),
  FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
CREATE INDEX index_tags_run_uuid ON tags (run_uuid);
CREATE TABLE datasets (
  dataset_uuid VARCHAR(36) NOT NULL,
  experiment_id INTEGER NOT NULL,
  name VARCHAR(500) NOT NULL,
  digest VARCHAR(36) NOT NULL,
  dataset_source_type VARCHAR(36) NOT NULL,
  dataset_source TEXT NOT NULL,
  dataset_schema TEXT,
  dataset_profile TEXT,
  CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest),
  CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE INDEX index_datasets_dataset_uuid ON datasets (dataset_uuid);
CREATE INDEX index_datasets_experiment_id_dataset_source_type ON datasets (experiment_id, dataset_source_type);
CREATE TABLE logged_models (
  model_id VARCHAR(36) NOT NULL,
  experiment_id INTEGER NOT NULL,
  name VARCHAR(500) NOT NULL,
  artifact_location VARCHAR(1000) NOT NULL,
  creation_timestamp_ms BIGINT NOT NULL,
  last_updated_timestamp_ms BIGINT NOT NULL,
  status INTEGER NOT NULL,
  lifecycle_stage VARCHAR(32),
  model_type VARCHAR(500),
  source_run_id VARCHAR(32),
  status_message VARCHAR(1000),
  CONSTRAINT logged_models_pk PRIMARY KEY (model_id),
  CONSTRAINT logged_models_lifecycle_stage_check CHECK (lifecycle_stage IN ('active', 'deleted')),
  CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE TABLE logged_model_metrics (
  model_id VARCHAR(36) NOT NULL,
  metric_name VARCHAR(500) NOT NULL,
  metric_timestamp_ms BIGINT NOT NULL,
  metric_step BIGINT NOT NULL,
  metric_value FLOAT,
  experiment_id INTEGER NOT NULL,
  run_id VARCHAR(32) NOT NULL,
  dataset_uuid VARCHAR(36),
  dataset_name VARCHAR(500),
  dataset_digest VARCHAR(36),
  CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id),
  CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
  CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE,
  CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY(run_id) REFERENCES runs (run_uuid) ON DELETE CASCADE
);
CREATE INDEX index_logged_model_metrics_model_id ON logged_model_metrics (model_id);
CREATE TABLE logged_model_params (
  model_id VARCHAR(36) NOT NULL,
  experiment_id INTEGER NOT NULL,
  param_key VARCHAR(255) NOT NULL,
  param_value TEXT NOT NULL,
  CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key),
  CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
  CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
CREATE TABLE logged_model_tags (
  model_id VARCHAR(36) NOT NULL,
  experiment_id INTEGER NOT NULL,
  tag_key VARCHAR(255) NOT NULL,
  tag_value TEXT NOT NULL,
  CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key),
  CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id),
  CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
CREATE TABLE model_version_tags (
  key VARCHAR(250) NOT NULL,
  value TEXT,
  name VARCHAR(256) NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT model_version_tag_pk PRIMARY KEY (key, name, version),
  FOREIGN KEY(name, version) REFERENCES model_versions (name, version) ON UPDATE CASCADE
);
`;var R=u(5145);const L=2e4;class I{path;artifactRoot;ownWorkspace;#e;#i=new Map;constructor({path:s,artifactRoot:a,now:E,busyTimeoutMs:t=L}){this.path=s,this.artifactRoot=a;try{(0,T.mkdirSync)((0,r.dirname)(s),{recursive:!0}),this.#e=new N.DatabaseSync(s,{timeout:t,enableForeignKeyConstraints:!0})}catch(e){throw(0,R.K)(e,s)}try{this.#t(()=>this.#a(E()));const e=this.#t(()=>this.#_());A(e,s);const _=n=>e.get(n).some(i=>i.name==="workspace")?"workspace = 'default'":"1";this.ownWorkspace={experiments:_("experiments"),models:_("registered_models")}}catch(e){throw this.#e.close(),e}}all(s,...a){return this.#t(()=>this.#s(s).all(...a))}get(s,...a){return this.#t(()=>this.#s(s).get(...a))}run(s,...a){return this.#t(()=>Number(this.#s(s).run(...a).changes))}write(s){this.#t(()=>this.#e.exec("BEGIN IMMEDIATE"));try{const a=s();return this.#t(()=>this.#e.exec("COMMIT")),a}catch(a){throw this.#e.isTransaction&&this.#e.exec("ROLLBACK"),a}}close(){this.#e.isOpen&&(this.#i.clear(),this.#e.close())}#a(s){const a=()=>this.#e.prepare("SELECT count(*) AS n FROM sqlite_master").get().n===0;a()&&this.write(()=>{a()&&(this.#e.exec(p),this.#e.prepare("INSERT INTO alembic_version (version_num) VALUES (?)").run(O),this.#e.prepare(`INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
           VALUES (0, 'Default', ?, 'active', ?, ?)`).run(C(this.artifactRoot,"0"),s,s))})}#_(){const s=this.#e.prepare(`SELECT m.name AS table_name, c.name AS name, c."notnull" AS required, c.dflt_value AS initial
         FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`).all(),a=new Map;for(const E of s){const t=a.get(String(E.table_name))??[];t.push({name:String(E.name),required:E.required===1&&E.initial===null}),a.set(String(E.table_name),t)}return a}#s(s){let a=this.#i.get(s);return a||(a=this.#e.prepare(s),this.#i.set(s,a)),a}#t(s){try{return s()}catch(a){throw(0,R.K)(a,this.path)}}}function C(o,s){return s===""?o:`${o.replace(/\/+$/,"")}/${s}`}})};
