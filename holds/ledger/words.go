package ledger

// kindWords says what the entries of each kind are about, in bokmål and in English.
var kindWords = map[Kind][2]string{
	Start:           {"Sjudager startet", "Sjudager started"},
	Stop:            {"Sjudager stanset", "Sjudager stopped"},
	Configuration:   {"Oppsettet ble endret", "The configuration changed"},
	Retention:       {"Lagringstiden ble endret", "The retention changed"},
	ClockEvent:      {"Klokken hoppet", "The clock leapt"},
	GapFound:        {"Hull i opptaket", "Gap in the footage"},
	Recorded:        {"Tatt opp på en dag", "Recorded on a day"},
	Stated:          {"Slettebevis for en dag", "Deletion statement of a day"},
	Restored:        {"Indeksen gjenopprettet", "Index restored"},
	Adopted:         {"Opptak fra lageret tatt inn igjen", "Footage of the store taken in again"},
	HoldDelivered:   {"Sikret opptak utlevert", "Held footage handed over"},
	AppealEntered:   {"Oppfordring fra politiet registrert", "Appeal of the police entered"},
	RequestReceived: {"Krav fra den registrerte mottatt", "Request of a data subject received"},
	RequestExtended: {"Svarfrist forlenget", "Answer deadline extended"},
	RequestDecided:  {"Krav avgjort", "Request decided"},
	RequestClosed:   {"Krav avsluttet", "Request closed"},
	Logout:          {"Økter avsluttet", "Sessions ended"},
	UserInvited:     {"Bruker invitert", "User invited"},
	UserChanged:     {"Bruker endret", "User changed"},
	TokenMade:       {"Nøkkel for et program laget", "Token for a program made"},
	TokenRevoked:    {"Nøkkel for et program trukket tilbake", "Token for a program revoked"},
	HoldPlaced:      {"Opptak sikret", "Footage held"},
	HoldReviewed:    {"Sikring vurdert på nytt", "Hold reviewed"},
	HoldConfirmed:   {"Sikring bekreftet", "Hold confirmed"},
	HoldNarrowed:    {"Sikring innsnevret", "Hold narrowed"},
	HoldClosed:      {"Sikring opphevet", "Hold ended"},
	HoldLapsed:      {"Sikring utløpt", "Hold expired"},
	FreezePlaced:    {"Opptak fryst (begrensning)", "Footage frozen (restriction)"},
	FreezeClosed:    {"Begrensning opphevet", "Restriction ended"},
	Deleted:         {"Opptak slettet", "Footage deleted"},
	DeletedEarly:    {"Førtidig sletting", "Early deletion"},
	Viewed:          {"Opptak vist", "Footage viewed"},
	LogRead:         {"Hendelsesloggen lest", "Event log read"},
	Exported:        {"Opptak hentet ut", "Footage taken out"},
	Released:        {"Utlevering", "Release"},
	Login:           {"Logget inn", "Signed in"},
	LoginFailed:     {"Mislykket innlogging", "Failed sign-in"},
	RoleChanged:     {"Rolle endret", "Role changed"},
	SignChanged:     {"Skilt endret", "Sign changed"},
	Checkpointed:    {"Kontrollpunkt", "Checkpoint"},
	CheckpointSent:  {"Kontrollpunkt sendt ut av huset", "Checkpoint sent out of the building"},
	PackageKeys:     {"Nøkler som signerer pakker", "Keys that sign packages"},
	KeyAnnounced:    {"Ny signeringsnøkkel", "New signing key"},
	Erased:          {"Fritekst slettet fra loggen", "Free text erased from the log"},
	Pruned:          {"Gamle loggposter fjernet", "Old log entries removed"},
}

// Words says what entries of the kind are about, in bokmål and in English; a kind that is
// not on the list is said by its code.
func (k Kind) Words() (norwegian, english string) {
	if w, known := kindWords[k]; known {
		return w[0], w[1]
	}
	return string(k), string(k)
}
