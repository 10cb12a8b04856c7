package farm
import ("testing";"time")
func TestDbg(t *testing.T){
	clip:=openClip(t,"k05-garderobe")
	s:=serve(t, Camera{Path:"cam",Clip:clip,Speed:4,Offset:20*time.Second})
	got := ffmpegFrames(t, nil, "-rtsp_transport", "tcp", "-analyzeduration", "500000", "-i", s.URL("cam"), "-map", "0:v", "-c", "copy", "-frames:v", "10")
	for _,f:=range got[:3] {t.Log(f)}
	for i,u:=range clip.Units { if i%25<3 && i<60 {t.Log(i,u.Key,len(annexB(u)),hash(annexB(u))); for n:= range u.NALs(){t.Log("   ",nalType(H265,n),len(n))}}}
}
