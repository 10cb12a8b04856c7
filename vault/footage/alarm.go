package footage

// Alarm is something that a person must do something about, from when it began
// until it ends by itself. Rooms report the alarms that stand now; nobody stores
// them.
type Alarm struct {
	Code   AlarmCode `json:"code"`
	Camera CameraID  `json:"camera,omitempty"`
	Since  Instant   `json:"since"`
	Detail string    `json:"detail"` // for people: what is wrong, as it was seen
}

// AlarmCode names a kind of alarm. The page has words for each in both languages.
type AlarmCode string

// The alarms.
const (
	AlarmCameraDown    AlarmCode = "camera-down"    // no footage for 60 s (R50)
	AlarmStore         AlarmCode = "store"          // the store cannot be written, footage waits in the spool
	AlarmDeletion      AlarmCode = "deletion"       // an object could not be removed, or is still there (R11, R22)
	AlarmOverdue       AlarmCode = "overdue"        // footage past its deadline still exists (R14)
	AlarmKeys          AlarmCode = "keys"           // the disk of the keys fails, footage waits in the spool or cannot be finished with
	AlarmDamagedKey    AlarmCode = "damaged-key"    // a key cannot be read, and what was sealed to it does not open
	AlarmSpool         AlarmCode = "spool"          // the spool is nearly full, full, or cannot be written (R15)
	AlarmDamaged       AlarmCode = "damaged"        // a recording could not be read and was set aside
	AlarmConfiguration AlarmCode = "configuration"  // the configuration file has faults; the running one stays in force
	AlarmCheckpoint    AlarmCode = "checkpoint"     // no checkpoint of the ledger leaves the building (R104)
	AlarmLedger        AlarmCode = "ledger"         // the ledger is not what it was (R105)
	AlarmHolds         AlarmCode = "holds"          // the copies of the holds outside the index are out of date (R37)
	AlarmBackup        AlarmCode = "backup"         // the scheduled backup fails
	AlarmLogin         AlarmCode = "login"          // somebody guesses at an account's password
	AlarmClock         AlarmCode = "clock"          // the machine's clock cannot be trusted; deletion may be paused (R17)
	AlarmRelease       AlarmCode = "release"        // a release that one person made alone is not reviewed in time (R68), or its package is not gone
	AlarmOrphans       AlarmCode = "unknown-object" // the store has footage that the index does not know (R12)

	AlarmWithheld       AlarmCode = "withheld"        // an enabled camera is not to record yet (R41, R115)
	AlarmSignRegister   AlarmCode = "sign-register"   // cameras record, and there is no sign register
	AlarmSignHole       AlarmCode = "sign-hole"       // a camera records, and an entrance to its zone has no valid sign (R111)
	AlarmSignText       AlarmCode = "sign-text"       // a sign says what is not so any more (R116)
	AlarmSignInspection AlarmCode = "sign-inspection" // a sign was not looked at in time, or not mended (R117)
	AlarmSignZone       AlarmCode = "sign-zone"       // a camera's zone is not in the register: it asks for a sign (R123)
	AlarmAssessment     AlarmCode = "assessment"      // a camera records without an approved assessment, or its review is overdue (R138, R144)
)
