export const id=3024,ids=[3024],modules={75207:((R,I,m)=>{m.d(I,{q:()=>E});function E(w){return w.treeStart.length-1}}),3024:((R,I,m)=>{m.d(I,{I:()=>x,f:()=>M});var E=m(38815),w=m(69398),A=m(52364);const M="3.17.2",v="1.23.2";function x(h,N){return(0,E.As)({artifact_path:`models:/${h.modelId}`,flavors:{python_function:{code:"code",data:"model.onnx",env:{conda:"conda.yaml",virtualenv:"python_env.yaml"},loader_module:A.t,python_version:w.W,streamable:!1},onnx:{data:"model.onnx",onnx_version:v,providers:["CPUExecutionProvider"]},mlops:{data:"native",task:h.task,toolkit_version:h.toolkitVersion}},mlflow_version:M,model_id:h.modelId,run_id:h.runId,saved_input_example_info:{artifact_path:"input_example.json",type:"dataframe",pandas_orient:"split",serving_input_path:"serving_input_example.json"},signature:{inputs:JSON.stringify(N.inputs.map(U)),outputs:JSON.stringify(C(h)),params:null},utc_time_created:new Date(h.createdAt).toISOString().replace("T"," ").replace("Z","")},{lineWidth:0,defaultStringType:"QUOTE_DOUBLE",defaultKeyType:"PLAIN"})}function U({name:h,type:N,required:S}){return{type:N,name:h,required:S}}function C({task:h,classes:N}){return h==="regression"?[{type:"double",name:"prediction",required:!0}]:[{type:"string",name:"prediction",required:!0},...N.map(S=>({type:"double",name:`probability_${S}`,required:!0}))]}}),14808:((R,I,m)=>{m.d(I,{O:()=>G,J:()=>ue});var E=m(75207);const w=6e4,A=36e5,M=864e5,v=719468,x=719162;function U(n,e,t){const{plus:s,minus:r,times:o,floorDivide:i,remainder:a}=C(n),l=i(e,M),f=i(e,A);switch(t){case"hour":return r(f,o(l,24));case"minute":return r(i(e,w),o(f,60));case"weekday":return a(s(l,3),7)}const u=s(l,v),c=i(u,146097),d=r(u,o(c,146097)),g=r(s(i(d,1460),i(d,146096)),i(d,36524)),O=i(r(d,g),365),p=r(s(o(O,365),i(O,4)),i(O,100)),y=r(d,p),_=i(s(o(y,5),2),153),L=i(_,10),T=s(s(o(c,400),O),L);switch(t){case"year":return T;case"month":return r(s(_,3),o(L,12));case"day":return s(r(y,i(s(o(_,153),2),5)),1);case"day-of-year":{const k=s(T,-1),he=s(r(i(k,4),i(k,100)),i(k,400));return r(s(l,x+1),s(o(k,365),he))}}}function C(n){const e=a=>typeof a=="number"?n.scalar(a):a,t=(a,l)=>n.node("Add",[a,e(l)]),s=(a,l)=>n.node("Sub",[a,l]),r=(a,l)=>n.node("Mul",[a,n.scalar(l)]),o=(a,l)=>n.node("Floor",[n.node("Div",[a,n.scalar(l)])]);return{plus:t,minus:s,times:r,floorDivide:o,remainder:(a,l)=>s(a,r(o(a,l),l))}}function h({feature:n,outputs:e,value:t}){const s=new Uint32Array(t.buffer,t.byteOffset,2*t.length),r=new Int32Array(n.length).fill(-1),o=[];let i=new Int32Array(1024).fill(-1);const a=(u,c)=>{for(let d=0;d<2*e;d++)if(s[2*e*u+d]!==s[2*e*c+d])return!1;return!0},l=u=>{let c=0;for(let g=2*e*u;g<2*e*(u+1);g++)c=Math.imul(c^s[g],2654435761);let d=(c^c>>>15)&i.length-1;for(;i[d]!==-1&&!a(o[i[d]],u);)d=d+1&i.length-1;return d};for(let u=0;u<n.length;u++){if(n[u]>=0)continue;const c=l(u);if(i[c]===-1&&(i[c]=o.length,o.push(u)),r[u]=i[c],2*o.length>i.length){i=new Int32Array(2*i.length).fill(-1);for(const[d,g]of o.entries())i[l(g)]=d}}const f=new Float64Array(o.length*e);for(const[u,c]of o.entries())f.set(t.subarray(c*e,(c+1)*e),u*e);return{count:o.length,values:f,ofNode:r}}const N=0,S=2;class b{#t=[];#n=0;int(e,t){return this.#e(F(e,N)).#e(D(t))}bytes(e,t){const s=typeof t=="string"?Buffer.from(t):t;return this.#s(e,s.length).#e(s)}message(e,t){this.#s(e,t.#n);for(const s of t.#t)this.#e(s);return this}ints(e,t){return this.bytes(e,H(t))}encode(){const e=new Uint8Array(this.#n);let t=0;for(const s of this.#t)e.set(s,t),t+=s.length;return e}#s(e,t){return this.#e(F(e,S)).#e(D(t))}#e(e){return this.#t.push(e),this.#n+=e.length,this}}function F(n,e){return D(n*8+e)}function D(n){const e=[];let t=BigInt.asUintN(64,BigInt(n));for(;t>127n;t>>=7n)e.push(Number(t&127n)|128);return e.push(Number(t)),Uint8Array.from(e)}const B=10;function H(n){let e=0;for(let r=0;r<n.length;r++){const o=n[r];e+=o<0?B:Math.max(1,Math.ceil((32-Math.clz32(o))/7))}const t=new Uint8Array(e);let s=0;for(let r=0;r<n.length;r++){let o=n[r];if(o<0){t.set(D(o),s),s+=B;continue}for(;o>127;o>>>=7)t[s++]=o&127|128;t[s++]=o}return t}const P={uint8:2,int64:7,string:8,double:11};function j(n,e){const t=new b;for(const s of n.dims)t.int(1,s);if(t.int(2,P[n.type]),n.type==="string")for(const s of n.values)t.bytes(6,s);if(e!==void 0&&t.bytes(8,e),n.type!=="string"){const{buffer:s,byteOffset:r,byteLength:o}=n.values;t.bytes(9,new Uint8Array(s,r,o))}return t}function W(n,e){const t=new b().message(1,new b().bytes(2,"rows")),s=new b().int(1,P[e]).message(2,t);return new b().bytes(1,n).message(2,new b().message(1,s))}const Q=11,X={"":21,"ai.onnx.ml":5};class Z{#t=new Set;#n=[];#s=[];#e=[];#i=[];#a=new Map;constructor(e){for(const t of e)this.#t.add(t)}input(e,t){const s=this.#o(e);return this.#n.push(W(s,t)),s}output(e,t,s){this.#e.push(V("Identity",[s],e,{})),this.#s.push(W(e,t))}constant(e){const t=this.#o("constant");return this.#i.push(j(e,t)),t}scalar(e){return this.#r(`double ${e}`,()=>this.constant({type:"double",dims:[],values:Float64Array.of(e)}))}index(e,t=[]){return this.#r(`int64 ${e} ${t}`,()=>this.constant({type:"int64",dims:t,values:BigInt64Array.of(BigInt(e))}))}node(e,t,s={}){const r=()=>{const o=this.#o(e);return this.#e.push(V(e,t,o,s)),o};return s.attributes===void 0?this.#r(JSON.stringify([e,t]),r):r()}encode(e,t){const s=new b;for(const o of this.#e)s.message(1,o);s.bytes(2,"forest");for(const o of this.#i)s.message(5,o);for(const o of this.#n)s.message(11,o);for(const o of this.#s)s.message(12,o);const r=new b().int(1,Q).bytes(2,"mlops").bytes(3,e).message(7,s);for(const[o,i]of Object.entries(X))r.message(8,new b().bytes(1,o).int(2,i));for(const[o,i]of Object.entries(t))r.message(14,new b().bytes(1,o).bytes(2,i));return r.encode()}#r(e,t){const s=this.#a.get(e)??t();return this.#a.set(e,s),s}#o(e){let t=e;for(let s=this.#t.size;t===""||this.#t.has(t);s++)t=`${e}_${s}`;return this.#t.add(t),t}}function V(n,e,t,s){const r=new b;for(const o of e)r.bytes(1,o);r.bytes(2,t).bytes(3,t).bytes(4,n);for(const[o,i]of Object.entries(s.attributes??{}))r.message(5,ee(o,i));return s.domain&&r.bytes(7,s.domain),r}function ee(n,e){const t=new b().bytes(1,n);return typeof e=="number"?t.int(3,e).int(20,2):typeof e=="string"?t.bytes(4,e).int(20,3):e instanceof Int32Array?t.ints(8,e).int(20,7):t.message(5,j(e)).int(20,4)}function te({categoryStart:n,categoryBits:e},t,s){const r=[],o=[],i=n[t];for(let l=0;l<s;l++)((e[i+(l>>>5)]>>>(l&31)&1)===1?r:o).push(l);if($(r))return{kind:"at-most",threshold:r.length-.5,trueIsLeft:!0};if($(o))return{kind:"at-most",threshold:o.length-.5,trueIsLeft:!1};const a=r.length<=o.length;return{kind:"member",codes:a?r:o,trueIsLeft:a}}function $(n){return n.length===0||n.at(-1)===n.length-1}const z=0,ne=6,se=1,re=0;function Y(n,e,t,s){const{feature:r,left:o,treeStart:i}=n,a=i[e],l=i[e+1],f=oe(n,a,l),u=ie(f.innerCount),c=[],d=new Map,g=p=>{const y=t.ofNode[p],_=d.get(y);return _!==void 0?_:(d.set(y,c.length),c.push(s[y])-1)},O=(p,y,_)=>{const L=r[y]<0,T=r[_]<0;u.trueIsLeaf[p]=L?1:0,u.trueChild[p]=L?g(y):f.innerNumber[y-a],u.falseIsLeaf[p]=T?1:0,u.falseChild[p]=T?g(_):f.innerNumber[_-a]};r[a]<0&&O(0,a,a);for(let p=a;p<l;p++){if(r[p]<0)continue;const y=f.innerNumber[p-a],_=o[p];ae(u,y,n,p)?O(y,_,_+1):O(y,_+1,_)}return{n_targets:1,aggregate_function:se,post_transform:re,tree_roots:Int32Array.of(0),...le(u),leaf_targetids:new Int32Array(c.length),leaf_weights:{type:"double",dims:[c.length],values:Float64Array.from(c)}}}function oe({feature:n},e,t){const s=new Int32Array(t-e);let r=0;for(let o=e;o<t;o++)n[o]>=0&&(s[o-e]=r++);return{innerNumber:s,innerCount:Math.max(1,r)}}function ie(n){return{feature:new Int32Array(n),mode:new Uint8Array(n),split:new Float64Array(n),missingIsTrue:new Int32Array(n),trueChild:new Int32Array(n),trueIsLeaf:new Int32Array(n),falseChild:new Int32Array(n),falseIsLeaf:new Int32Array(n),members:[]}}function ae(n,e,t,s){const r=t.feature[s],o=t.missingLeft[s],i=t.features[r];if(n.feature[e]=r,i.kind==="numeric")return n.mode[e]=z,n.split[e]=t.threshold[s],n.missingIsTrue[e]=o,!0;const a=te(t,s,i.categories.length);return n.mode[e]=a.kind==="member"?ne:z,a.kind==="member"?n.members.push(...a.codes,Number.NaN):n.split[e]=a.threshold,n.missingIsTrue[e]=a.trueIsLeft?o:1-o,a.trueIsLeft}function le(n){const e=[n.feature.length],t=Float64Array.from(n.members);return{nodes_featureids:n.feature,nodes_modes:{type:"uint8",dims:e,values:n.mode},nodes_splits:{type:"double",dims:e,values:n.split},nodes_missing_value_tracks_true:n.missingIsTrue,nodes_truenodeids:n.trueChild,nodes_trueleafs:n.trueIsLeaf,nodes_falsenodeids:n.falseChild,nodes_falseleafs:n.falseIsLeaf,...t.length===0?{}:{membership_values:{type:"double",dims:[t.length],values:t}}}}const G="columns";function ue({info:n,features:e,forest:t}){const{classes:s}=n,r=new Z(["prediction",...s.map(J)]),o=new Map(e.inputs.map(l=>[l.name,r.input(l.name,ce(l))])),i=de(r,t.features,e.steps,o);if(n.task==="regression")r.output("prediction","double",pe(r,t,i));else{const l=_e(r,t,i),f=r.node("ArgMax",[l],{attributes:{axis:1,keepdims:0}}),u=r.constant({type:"string",dims:[s.length],values:s});r.output("prediction","string",r.node("Gather",[u,f]));for(const[c,d]of s.entries()){const g=r.node("Gather",[l,r.index(c)],{attributes:{axis:1}});r.output(J(d),"double",g)}}const a=e.inputs.map(({name:l,type:f})=>({name:l,type:f}));return r.encode(n.toolkitVersion,{[G]:JSON.stringify(a)})}function J(n){return`probability_${n}`}function ce({type:n}){return n==="string"?"string":"double"}function de(n,e,t,s){const r=e.map(o=>{const i=t.find(({output:f})=>f===o.name),a=fe(n,i,s.get(i.column)),l=o.kind==="categorical"?me(n,a,o.categories):a;return n.node("Unsqueeze",[l,n.index(1,[1])])});return n.node("Concat",r,{attributes:{axis:1}})}function fe(n,e,t){switch(e.kind){case"keep":return t;case"datetime-part":return U(n,t,e.part)}}function me(n,e,t){const s=[t.length];return n.node("LabelEncoder",[e],{domain:"ai.onnx.ml",attributes:{keys_tensor:{type:"string",dims:s,values:t},values_tensor:{type:"double",dims:s,values:Float64Array.from(t,(r,o)=>o)},default_tensor:{type:"double",dims:[1],values:Float64Array.of(Number.NaN)}}})}function pe(n,e,t){const s=h(e);return q(n,e,r=>K(n,t,Y(e,r,s,s.values)))}function _e(n,e,t){const s=h(e),r=Float64Array.from({length:s.count},(a,l)=>l),o=[s.count,e.outputs],i=n.constant({type:"double",dims:o,values:s.values});return q(n,e,a=>{const l=K(n,t,Y(e,a,s,r)),f=n.node("Cast",[l],{attributes:{to:P.int64}});return n.node("Gather",[i,f])})}function K(n,e,t){return n.node("TreeEnsemble",[e],{domain:"ai.onnx.ml",attributes:t})}function q(n,e,t){const s=(0,E.q)(e);let r=t(0);for(let i=1;i<s;i++)r=n.node("Add",[r,t(i)]);const o=n.node("Div",[r,n.scalar(s)]);return n.node("Squeeze",[o,n.index(1,[1])])}}),69398:((R,I,m)=>{m.d(I,{W:()=>w,m:()=>v});var E=m(38815);const w="3.11",A=["mlflow>=3.0,<4","numpy>=1.26,<3","onnxruntime>=1.23,<2","pandas>=2.2,<4"],M=["pip","setuptools","wheel"],v={"requirements.txt":A.map(x=>`${x}
`).join(""),"python_env.yaml":(0,E.As)({python:w,build_dependencies:M,dependencies:["-r requirements.txt"]}),"conda.yaml":(0,E.As)({name:"mlflow-env",channels:["conda-forge"],dependencies:[`python=${w}`,"pip",{pip:A}]})}}),52364:((R,I,m)=>{m.d(I,{Y:()=>A,t:()=>w});var E=m(14808);const w="mlops_forest",A=`"""Loads model.onnx for mlflow.pyfunc: a DataFrame of raw columns in, a DataFrame of predictions out."""

import json

import numpy as np
import onnxruntime
import pandas as pd

# Bounds the memory of a large request.
ROWS_AT_ONCE = 8192


def _load_pyfunc(path):
    return ForestModel(path)


class ForestModel:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        # One thread adds the trees up in the order in which they were grown.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        columns = json.loads(self.session.get_modelmeta().custom_metadata_map["${E.O}"])
        self.columns = list(zip(self.session.get_inputs(), columns))
        self.outputs = [output.name for output in self.session.get_outputs()]

    def predict(self, model_input, params=None):
        rows = pd.DataFrame(model_input)
        feed = {}
        for graph_input, column in self.columns:
            # MLflow has refused rows without a column that the signature requires.
            cells = rows[column["name"]] if column["name"] in rows else pd.Series(np.nan, rows.index)
            feed[graph_input.name] = READERS[column["type"]](cells)
        parts = [
            self.session.run(self.outputs, {name: cells[start : start + ROWS_AT_ONCE] for name, cells in feed.items()})
            for start in range(0, max(1, len(rows)), ROWS_AT_ONCE)
        ]
        return pd.DataFrame(dict(zip(self.outputs, map(np.concatenate, zip(*parts)))), rows.index)


def numbers(cells):
    """Missing and what is no finite number: NaN."""
    values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def instants(cells):
    """Milliseconds since 1970; a time without zone is UTC. A number is no instant: nothing says in which unit."""
    if pd.api.types.is_numeric_dtype(cells):
        return np.full(len(cells), np.nan)
    times = pd.to_datetime(cells, errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
    millis = times.to_numpy().astype("datetime64[ms]")
    return np.where(np.isnat(millis), np.nan, millis.astype(np.float64))


def texts(cells):
    """Missing: the empty text. Booleans and whole numbers are written as in JSON."""
    return np.array([text(cell) for cell in cells.astype(object)], dtype=object)


def text(cell):
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, (float, np.floating)) and cell.is_integer():
        return str(int(cell))
    return str(cell)


READERS = {"double": numbers, "long": numbers, "datetime": instants, "string": texts}
`})};
