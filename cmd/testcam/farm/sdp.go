package farm

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// sdp describes the camera (RFC 4566) with fmtp lines by RFC 6184 section 8.1,
// RFC 7798 section 7.1, AV1's payload format section 7.2.1 and RFC 3640 section 4.1.
func sdp(c Camera, clip *Clip) string {
	if c.SDP != "" {
		return c.SDP
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=%s\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\na=range:npt=now-\r\n", c.Path)
	fmt.Fprintf(&b, "m=video 0 RTP/AVP %d\r\na=rtpmap:%d %s/%d\r\n", videoType, videoType, clip.Codec, ClockRate)
	if fmtp := videoFormat(c, clip); fmtp != "" {
		fmt.Fprintf(&b, "a=fmtp:%d %s\r\n", videoType, fmtp)
	}
	fmt.Fprintf(&b, "a=control:%s%d\r\n", controlPrefix, videoTrack)
	if c.Audio {
		a := clip.audio
		fmt.Fprintf(&b, "m=audio 0 RTP/AVP %d\r\na=rtpmap:%d MPEG4-GENERIC/%d/%d\r\n", audioType, audioType, a.rate, a.channels)
		fmt.Fprintf(&b, "a=fmtp:%d streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=%x\r\n", audioType, a.config)
		fmt.Fprintf(&b, "a=control:%s%d\r\n", controlPrefix, audioTrackID)
	}
	return b.String()
}

func videoFormat(c Camera, clip *Clip) string {
	if clip.Codec == AV1 {
		return clip.format
	}
	sets := map[byte][]string{}
	for _, p := range clip.Params {
		kind := nalType(clip.Codec, p)
		sets[kind] = append(sets[kind], base64.StdEncoding.EncodeToString(p))
	}
	if clip.Codec == H265 {
		if c.OmitSDPParams {
			return ""
		}
		return "sprop-vps=" + strings.Join(sets[32], ",") + ";sprop-sps=" + strings.Join(sets[33], ",") + ";sprop-pps=" + strings.Join(sets[34], ",")
	}
	format := "packetization-mode=1"
	if !c.OmitSDPParams {
		format += fmt.Sprintf(";profile-level-id=%x;sprop-parameter-sets=%s", clip.Params[0][1:4], strings.Join(append(sets[7], sets[8]...), ","))
	}
	return format
}
