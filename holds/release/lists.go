package release

import (
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds"
)

// Kind is how footage is made known (R72).
type Kind string

// The kinds.
const (
	Copy    Kind = "copy"    // a package leaves
	Viewing Kind = "viewing" // somebody looks at it here
	Verbal  Kind = "verbal"  // somebody is told what it shows
)

// How is the way in which a request came.
type How string

// The ways that rules are about. What is asked in person or by telephone is oral until
// the written request is attached (R69).
const (
	InPerson How = "in_person"
	Phone    How = "phone"
	NotAsked How = "not_asked" // the venue's own initiative
)

// Basis is the legal basis, by its code (R66).
type Basis string

// The legal bases.
const (
	PoliceDemand  Basis = "police_demand"
	OwnInitiative Basis = "own_initiative"
	SeizureOrder  Basis = "seizure_order"
	ConsentOfAll  Basis = "consent_all"
	OtherStatute  Basis = "other_statute"
	SubjectCopy   Basis = "data_subject_copy"
)

// RecipientKind is what kind of body or person receives (R67).
type RecipientKind string

// The kinds of recipients. Nobody else receives anything.
const (
	Police      RecipientKind = "police"
	Prosecution RecipientKind = "prosecution"
	Court       RecipientKind = "court"
	Authority   RecipientKind = "authority" // by a statute that it names
	DataSubject RecipientKind = "data_subject"
	Other       RecipientKind = "other" // only by the consent of everybody in the footage
)

// Channel is the way in which footage was handed over (R73).
type Channel string

// The channels.
const (
	ByHand     Channel = "in_person"
	ByCourier  Channel = "courier"
	ByMail     Channel = "mail"
	ByUpload   Channel = "upload"   // to the recipient's own service
	OnSite     Channel = "on_site"  // viewed here
	BySpeaking Channel = "verbally" // told
)

// physical reports whether a medium changes hands.
func (c Channel) physical() bool { return c == ByHand || c == ByCourier || c == ByMail }

func choice[C ~string](code C, norwegian, english string) holds.Choice[C] {
	return holds.Choice[C]{Code: code, Norwegian: norwegian, English: english}
}

// The closed lists.
var (
	Kinds = []holds.Choice[Kind]{
		choice(Copy, "Kopi", "Copy"), choice(Viewing, "Gjennomsyn på stedet", "Viewing on site"), choice(Verbal, "Muntlig opplysning", "Verbal information"),
	}
	Hows = []holds.Choice[How]{
		choice(InPerson, "Oppmøte", "In person"), choice(Phone, "Telefon", "Telephone"), choice(How("letter"), "Brev", "Letter"),
		choice(How("mail"), "E-post", "E-mail"), choice(How("portal"), "Portal", "Portal"), choice(NotAsked, "Ingen har spurt: eget tiltak", "Nobody has asked: own initiative"),
	}
	Bases = []BasisRule{
		{choice(PoliceDemand, "Anmodning fra politiet med hjemmel i lov", "Police demand with a basis in law"),
			"GDPR art. 6 (1) c; strpl. § 205, § 210", []RecipientKind{Police, Prosecution}},
		{choice(OwnInitiative, "Utlevering til politiet på eget initiativ", "Handed to the police on own initiative"),
			"GDPR art. 6 (1) f", []RecipientKind{Police, Prosecution}},
		{choice(SeizureOrder, "Beslag eller utleveringspålegg", "Seizure or production order"),
			"GDPR art. 6 (1) c; strpl. § 203, § 210", []RecipientKind{Police, Prosecution, Court}},
		{choice(ConsentOfAll, "Samtykke fra alle som er avbildet", "Consent of everybody in the footage"),
			"GDPR art. 6 (1) a", []RecipientKind{Police, Prosecution, Court, Authority, DataSubject, Other}},
		{choice(OtherStatute, "Annen lovhjemmel", "Another statute"),
			"GDPR art. 6 (1) c", []RecipientKind{Police, Prosecution, Court, Authority}},
		{choice(SubjectCopy, "Kopi til den registrerte", "Copy for the person in the footage"),
			"GDPR art. 15 (3)", []RecipientKind{DataSubject}},
	}
	Recipients = []holds.Choice[RecipientKind]{
		choice(Police, "Politi", "Police"), choice(Prosecution, "Påtalemyndighet", "Prosecution"), choice(Court, "Domstol", "Court"),
		choice(Authority, "Annen myndighet med lovhjemmel", "Another authority, by statute"),
		choice(DataSubject, "Den registrerte", "The person in the footage"), choice(Other, "Andre, med samtykke fra alle", "Others, by the consent of all"),
	}
	Forms = []holds.Choice[Form]{
		choice(Folder, "Mappe", "Folder"), choice(ZIP, "ZIP-filer", "ZIP files"), choice(AES, "ZIP-filer, kryptert med passord", "ZIP files, encrypted with a password"),
	}
	StateWords = []holds.Choice[State]{
		choice(Draft, "Utkast", "Draft"), choice(Approved, "Godkjent", "Approved"), choice(Exported, "Pakket", "Exported"), choice(Delivered, "Overlevert", "Delivered"),
		choice(Receipted, "Kvittert", "Receipted"), choice(Closed, "Avsluttet", "Closed"), choice(Refused, "Avslått", "Refused"),
	}
	ActWords = []holds.Choice[Act]{
		choice(Request, "Registrert", "Entered"), choice(Correct, "Rettet", "Corrected"), choice(Attach, "Dokument lagt ved", "Document attached"),
		choice(Approve, "Godkjent", "Approved"), choice(Refuse, "Avslått eller trukket", "Refused or withdrawn"), choice(Begin, "Pakking begynt", "Export begun"),
		choice(Export, "Pakket", "Exported"), choice(Deliver, "Overlevert", "Delivered"), choice(Receipt, "Kvittering ført inn", "Receipt entered"),
		choice(Verify, "Kontrollert av mottakeren", "Verified by the recipient"), choice(Review, "Hasteutlevering vurdert", "Emergency release reviewed"), choice(Close, "Avsluttet", "Closed"),
		choice(BeginSupplement, "Tillegg begynt", "Supplement begun"), choice(AddSupplement, "Tillegg laget", "Supplement made"), choice(Notify, "Mottakeren underrettet", "Recipient told"),
		choice(Fail, "Pakking mislyktes", "Export failed"), choice(Remove, "Pakken fjernet fra anlegget", "Package removed from the appliance"),
		choice(EndHold, "Sikringen får beskjed om kvitteringen", "The hold is told of the receipt"), choice(EraseNames, "Navn og fritekst slettet", "Names and words erased"),
		choice(Tell, "Passordet vist", "Password shown"), choice(Forget, "Passordet ødelagt", "Password destroyed"), choice(Owe, "Mottakeren skal underrettes, eller ikke lenger", "Recipient to be told, or no longer"),
	}
	Channels = []holds.Choice[Channel]{
		choice(ByHand, "Overlevert personlig", "Handed over in person"), choice(ByCourier, "Bud", "Courier"), choice(ByMail, "Rekommandert post", "Registered mail"),
		choice(ByUpload, "Mottakerens egen tjeneste", "The recipient's own service"), choice(OnSite, "Vist på stedet", "Shown on site"), choice(BySpeaking, "Fortalt", "Told"),
	}
)

// BasisRule is what the list says of a legal basis.
type BasisRule struct {
	holds.Choice[Basis]
	Source     string          `json:"source"`
	Recipients []RecipientKind `json:"recipients"` // to whom it allows footage to be given
}

// Rule returns what the list says of b, and whether b is on it.
func (b Basis) Rule() (BasisRule, bool) {
	i := slices.IndexFunc(Bases, func(r BasisRule) bool { return r.Code == b })
	if i < 0 {
		return BasisRule{}, false
	}
	return Bases[i], true
}

// chosen refuses a code that is not on its list.
func chosen[C ~string](what string, code C, list []holds.Choice[C]) error {
	var codes []string
	for _, c := range list {
		if c.Code == code {
			return nil
		}
		codes = append(codes, string(c.Code))
	}
	return invalid("%q is not a %s; the list is %s", code, what, strings.Join(codes, ", "))
}
