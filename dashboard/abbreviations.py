"""What the abbreviations on the pages mean, at the foot of each."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

MEANINGS: Mapping[str, str] = {
    "ASA": "American Society of Anesthesiologists, physical status",
    "BCLC": "Barcelona Clinic Liver Cancer, stage",
    "CEUS": "contrast-enhanced ultrasound",
    "COLDFIRE-2": "a published trial of IRE, of colorectal metastases in the liver",
    "CQC": "Care Quality Commission",
    "CR": "complete response",
    "CT": "computed tomography",
    "CUSUM": "cumulative sum",
    "ECG": "electrocardiogram",
    "ECOG": "Eastern Cooperative Oncology Group, performance status",
    "EORTC": "European Organisation for Research and Treatment of Cancer",
    "EQ-5D": "EuroQol questionnaire of five dimensions of health; EQ-5D-5L has five levels of each",
    "ERCP": "endoscopic retrograde cholangiopancreatography",
    "FACT-Hep": "Functional Assessment of Cancer Therapy, hepatobiliary",
    "GA": "general anaesthesia",
    "HES": "Hospital Episode Statistics",
    "HFS": "Health Facilities Scotland",
    "HPB": "hepato-pancreato-biliary, of liver, pancreas and bile ducts",
    "HQIP": "Healthcare Quality Improvement Partnership",
    "HTG532": "the NICE guidance on IRE for primary liver cancer; IPG664 was its number before",
    "INR": "international normalised ratio",
    "IRE": "irreversible electroporation",
    "JASA": "Journal of the American Statistical Association",
    "LFPSE": "Learn from patient safety events, the service of the NHS",
    "LI-RADS": "Liver Imaging Reporting and Data System",
    "MAC": "monitored anaesthesia care",
    "MDT": "multidisciplinary team",
    "MHRA": "Medicines and Healthcare products Regulatory Agency",
    "mRECIST": "modified RECIST, for liver cancer",
    "MRI": "magnetic resonance imaging",
    "n/N": "those counted of those it is out of; n/known: of those whose outcome is known",
    "NCAPOP": "National Clinical Audit and Patient Outcomes Programme",
    "NHS": "National Health Service",
    "NIAIC": "Northern Ireland Adverse Incident Centre",
    "NICE": "National Institute for Health and Care Excellence",
    "ODS": "Organisation Data Service, which gives sites and trusts their codes",
    "OPCS-4": "classification of interventions and procedures of the NHS",
    "PD": "progressive disease",
    "PR": "partial response",
    "QLQ-C30": "core questionnaire on quality of life of the EORTC",
    "REC": "research ethics committee",
    "RECIST": "Response Evaluation Criteria in Solid Tumours",
    "SD": "stable disease; on the page Methods, standard deviation",
    "SHA-256": "a digest: 64 digits that change if anything in a file does",
    "SIR": "Society of Interventional Radiology",
    "TIVA": "total intravenous anaesthesia",
    "UKHSA": "UK Health Security Agency",
    "VLAD": "variable life-adjusted display",
}


def told(*shorts: str) -> str:
    """What these mean, beside a figure that needs them: MDT: multidisciplinary team."""
    return " ".join(f"{short}: {MEANINGS[short]}." for short in shorts)


def foot() -> None:
    """What unfolds, below the last figure, into all of them."""
    with st.expander("Abbreviations"):
        st.markdown("\n".join(f"- **{short}**: {whole}" for short, whole in MEANINGS.items()))
