"""Computes scikit-learn's and scipy's figures of the cases of standard input (JSON) and prints them (JSON)."""
import json
import sys

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.special import gammaincc, gammaln
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance
from sklearn import metrics as m
from sklearn.calibration import calibration_curve


def regression(case):
    t, p, w = np.array(case["truth"]), np.array(case["predicted"]), case["weight"]
    return {
        "rmse": m.root_mean_squared_error(t, p, sample_weight=w),
        "mae": m.mean_absolute_error(t, p, sample_weight=w),
        "r2": m.r2_score(t, p, sample_weight=w),
        "mape": m.mean_absolute_percentage_error(t, p, sample_weight=w),
        "medae": m.median_absolute_error(t, p, sample_weight=w),
        "max_error": m.max_error(t, p),
        "explained_variance": m.explained_variance_score(t, p, sample_weight=w),
        "mse": m.mean_squared_error(t, p, sample_weight=w),
        "pinball": m.mean_pinball_loss(t, p, alpha=0.8, sample_weight=w),
    }


def classification(case):
    t, k, w = np.array(case["truth"]), case["classes"], case["weight"]
    probability = np.array(case["probabilities"]).reshape(-1, k)
    label = np.array(case["labels"])
    every = list(range(k))
    found = {
        "accuracy": m.accuracy_score(t, label, sample_weight=w),
        "balanced_accuracy": m.balanced_accuracy_score(t, label, sample_weight=w),
        "log_loss": m.log_loss(t, probability, labels=every, sample_weight=w),
        "mcc": m.matthews_corrcoef(t, label, sample_weight=w),
        "cohen_kappa": m.cohen_kappa_score(t, label, sample_weight=w),
    }
    for average in ["macro", "weighted"]:
        scores = m.precision_recall_fscore_support(t, label, average=average, sample_weight=w, zero_division=0)
        found |= {f"{name}_{average}": score for name, score in zip(["precision", "recall", "f1"], scores)}
    if k == 2:
        scores = m.precision_recall_fscore_support(t, label, average="binary", sample_weight=w, zero_division=0)
        found |= dict(zip(["precision", "recall", "f1"], scores[:3]))
        found["brier"] = m.brier_score_loss(t, probability[:, 1], sample_weight=w)
        if len(set(t)) == 2:
            found["roc_auc"] = m.roc_auc_score(t, probability[:, 1], sample_weight=w)
            found["average_precision"] = m.average_precision_score(t, probability[:, 1], sample_weight=w)
            if w is None:
                found["roc"] = np.transpose(m.roc_curve(t, probability[:, 1], drop_intermediate=False)[:2]).tolist()
                found["calibration"] = [part.tolist() for part in calibration_curve(t, probability[:, 1], n_bins=10)]
    else:
        found["brier"] = m.brier_score_loss(t, probability, labels=every, sample_weight=w)
        if len(set(t)) == k:
            one_hot = np.eye(k)[t]
            found["average_precision"] = m.average_precision_score(one_hot, probability, sample_weight=w)
            found["roc_auc_ovr"] = m.roc_auc_score(t, probability, multi_class="ovr", sample_weight=w)
            found["roc_auc_ovr_weighted"] = m.roc_auc_score(
                t, probability, multi_class="ovr", average="weighted", sample_weight=w
            )
            found["roc_auc_ovo"] = m.roc_auc_score(t, probability, multi_class="ovo")
    return found


def samples(case):
    a, b = np.array(case["first"]), np.array(case["second"])
    counts = np.array([case["reference"], case["current"]])
    ks = ks_2samp(a, b, method="exact")
    chi2 = chi2_contingency(counts, correction=False)
    return {
        "ks": ks.statistic,
        "ks_p": ks.pvalue,
        "wasserstein": wasserstein_distance(a, b),
        "jensen_shannon": jensenshannon(counts[0], counts[1]),
        "chi2": chi2.statistic,
        "chi2_p": chi2.pvalue,
        "quantiles": np.quantile(a, [0, 0.1, 0.25, 0.5, 0.77, 1]).tolist(),
    }


def gamma(case):
    return {"log": gammaln(case["x"]), "upper": gammaincc(case["a"], case["x"])}


kinds = {"regression": regression, "classification": classification, "samples": samples, "gamma": gamma}


def plain(value):
    """NaN and infinities are not JSON."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(value) if np.isfinite(value) else None


answers = [kinds[case["kind"]](case) for case in json.load(sys.stdin)]
json.dump([{name: plain(value) for name, value in answer.items()} for answer in answers], sys.stdout)
