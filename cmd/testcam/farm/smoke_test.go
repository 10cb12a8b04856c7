package farm

import ("testing";"time";"os/exec";"fmt")

func TestSmoke(t *testing.T){
	cams,err := DemoCameras(5); if err!=nil {t.Fatal(err)}
	for i := range cams { cams[i].Speed=4; cams[i].Offset=18*time.Second }
	s,err := Start("127.0.0.1:0", cams...); if err!=nil {t.Fatal(err)}
	defer s.Close()
	for _,u := range s.URLs() {
		for _,tr := range []string{"tcp","udp"} {
		at:=time.Now()
		out,err := exec.Command("ffmpeg","-v","info","-rtsp_transport",tr,"-analyzeduration","2000000","-i",u,"-map","0:v","-c","copy","-frames:v","70","-f","framemd5","-").CombinedOutput()
		fmt.Println(u, tr, time.Since(at), err); if tr=="tcp" {fmt.Println(string(out))}
		}
	}
}
