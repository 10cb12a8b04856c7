package handover

func (b *builder) playerPage() []byte { return nil }
func verifierPage() []byte            { return nil }
