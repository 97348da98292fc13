"""Names of columns that identify a patient, in the spellings that systems export.

No column of the dictionary has one (tested).
"""

from __future__ import annotations

import re
import unicodedata

# Within a name of which only letters and digits are left, in lower case.
ANYWHERE = re.compile(
    r"""surname | forename | firstname | lastname | middlename | maidenname | familyname
    | givenname | fullname | preferredname | knownas | birthname | nextofkin | kinname
    | (?:patient|pat|pt|client|person|serviceuser)s?name | nameof(?:the)?patient | salutation
    | postcode | postalcode | zipcode | postcd
    | (?:patient|pat|pt)initials | dateofbirth | datebirth | birthdate | birthday | birthdt
    | dateborn | dayofbirth
    | nhsn(?:o|um|umber|br|r)(?!.*(?:status|basis)) | nhsid | chin(?:o|um|umber)
    | hcnumber | hscn(?:o|um)
    | hospital(?:no|num|number|id) | hosp(?:no|num) | casenote(?:s?no|s?number|s)?$
    | medicalrecord | recordnumber$ | unitn(?:o|umber) | districtn(?:o|umber)
    | healthcarenumber | localpatientid | passport | drivinglicen | nationalinsurance
    | addressline | address\d*$ | streetname | housen(?:o|umber|ame)
    | telephone | phone(?:no|num|number)? | mobile(?:no|num|number)? | emailaddress
    | socialsecurity""",
    re.VERBOSE,
)
WHOLE = frozenset(
    re.split(
        r"\s+",
        """address chi dob dobdate dobdt ptdob patdob patientdob dobpatient email fax hcn
        initials kin mrn name names nhs nino patientmrn pcode ptmrn phone pid postcode street
        tel title town urn zip""",
    )
)
BIRTH = re.compile(r"^(?:pt|pat|patient|client|person)?dob(?:\d*|ddmmyyyy|yyyymmdd|date)?$")


def identifies(name: str) -> bool:
    """True where a column of this name would hold what identifies a patient."""
    plain = letters(name)
    return plain in WHOLE or bool(ANYWHERE.search(plain) or BIRTH.match(plain))


def letters(name: str) -> str:
    """The letters and digits of a name, without accents and in lower case."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(c for c in decomposed if c.isalnum())
