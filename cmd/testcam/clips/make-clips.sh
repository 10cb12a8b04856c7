#!/bin/sh
# Draws the demo clips into this directory, out of nothing but ffmpeg's own
# generators. Needed on Debian: apt-get install -y ffmpeg fonts-dejavu-core
#
# Each clip is a scene of moving shapes with a period that divides its length,
# so that the picture does not jump where the clip begins again; groups of
# pictures are closed and of one fixed length for the same reason. The name and
# the counter (frame number, minutes:seconds.hundredths) are what a person or a
# test reads off a recording to know which frames it has.
set -eu
cd "$(dirname "$0")"

SIZE=640x360
SECONDS_LONG=24
FONTS=/usr/share/fonts/truetype/dejavu
[ -f $FONTS/DejaVuSansMono-Bold.ttf ] || { echo "make-clips: no DejaVu fonts: apt-get install -y fonts-dejavu-core" >&2; exit 1; }

# sprite SIZE COLOUR ALPHA BLUR: a still shape whose opacity (0..255) is the
# expression ALPHA of X and Y.
sprite() {
	echo "color=c=$2:s=$1:r=25:d=0.04,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='$3',gblur=sigma=$4,loop=-1:1:0"
}

# person COLOUR: someone seen from the front, 64x130.
person() {
	sprite 64x130 "$1" 'if(lt(hypot(X-32,Y-20),14)+lt(pow((X-32)/24,4)+pow((Y-84)/49,4),1),255,0)' 1.2
}

# backdrop TOP BOTTOM: a still gradient from top to bottom.
backdrop() {
	echo "gradients=s=$SIZE:r=25:c0=$1:c1=$2:x0=320:y0=0:x1=320:y1=359:speed=0.00001,loop=-1:1:0,format=rgba"
}

# caption NAME: name and counter, large enough to be read off a thumbnail.
caption() {
	box="box=1:boxcolor=0x0b0f14@0.72:boxborderw=8"
	clock='%{eif\:trunc(t/60)\:d\:2}\:%{eif\:mod(trunc(t)\,60)\:d\:2}.%{eif\:trunc(mod(t+0.0001\,1)*100)\:d\:2}'
	echo "drawtext=fontfile=$FONTS/DejaVuSans-Bold.ttf:text='$1':fontsize=26:fontcolor=0xe8e2d4:x=20:y=20:$box,drawtext=fontfile=$FONTS/DejaVuSansMono-Bold.ttf:text='%{eif\:n\:d\:4}  $clock':fontsize=38:fontcolor=0xf2b84b:x=20:y=h-58:$box"
}

# clip NAME RATE GRAPH ENCODER-ARGUMENTS...: the graph ends in [scene].
clip() {
	name=$1 rate=$2 graph=$3
	shift 3
	echo "make-clips: $name" >&2
	ffmpeg -v error -y -f lavfi -i "sine=frequency=196:sample_rate=48000:duration=$SECONDS_LONG" \
		-filter_complex "$graph;[scene]fps=$rate,$(caption "$name"),format=yuv420p[v]" -map '[v]' "$@" \
		-t $SECONDS_LONG -fflags +bitexact -flags:v +bitexact -movflags +faststart -map_metadata -1 "$name.mp4"
}

h264() { echo "-c:v libx264 -preset veryslow -crf $1 -bf $2 -g $3 -keyint_min $3 -sc_threshold 0 -x264-params open-gop=0:b-pyramid=none"; }
h265() { echo "-c:v libx265 -preset slow -tag:v hvc1 -x265-params log-level=error:crf=$1:bframes=$2:keyint=$3:min-keyint=$3:scenecut=0:open-gop=0:info=0"; }

# The main entrance: a lit door, people come and go. One round takes 8 or 12 s.
clip k01-inngang 25 "
	$(backdrop 0x0d1622 0x1b2838)[night];
	$(sprite 260x330 0xd9a05b 'if(between(X,60,200)*between(Y,30,330),205,0)' 14)[door];
	$(sprite 640x90 0x0a0e14 '220' 2)[floor];
	$(person 0x2c4a63),split=2[a][b]; $(person 0x1a2430)[c]; $(person 0x5a3b4a)[d];
	[night][door]overlay=300:0[s0];
	[s0][floor]overlay=0:290[s1];
	[s1][a]overlay=x='mod(t\,8)/8*740-80':y='172+3*sin(2*PI*t*2)'[s2];
	[s2][b]overlay=x='660-mod(t+5\,12)/12*740':y='180+3*sin(2*PI*t*2+1)'[s3];
	[s3][c]overlay=x='395+60*sin(2*PI*t/12)':y='150+20*cos(2*PI*t/6)'[s4];
	[s4][d]overlay=x='660-mod(t\,8)/8*740':y='192+3*sin(2*PI*t*2+2)'[scene]" \
	$(h264 29 0 25) -map 0:a -c:a aac -b:a 24k

# The queue: two rows that move up by one place every two seconds.
queue='if(lt(mod(t,2),1),(1-cos(PI*mod(t,2)))/2,1)*80'
row() { # row IN OUT Y PHASE: eight people, 80 pixels apart
	in=$1
	for i in 0 1 2 3 4 5 6 7 8; do
		[ $i = 8 ] && out=$2 || out=$2$i
		echo "[$in][$4$i]overlay=x='$i*80-70-($queue)*($5)+max(0\,$5)*80':y='$3+2*sin(2*PI*(t/2+$i/3))'[$out];"
		in=$out
	done
}
people() { # people LABEL COLOUR
	outs=''
	for i in 0 1 2 3 4 5 6 7 8; do outs="$outs[$1$i]"; done
	echo "$(person "$2"),split=9$outs;"
}
clip k02-ko 25 "
	$(backdrop 0x0a1f22 0x12343a)[hall];
	$(sprite 640x8 0xc9a35a '200' 1)[rope];
	[rope]split=2[rope1][rope2];
	$(people f 0x1f4d54) $(people n 0x3f858a)
	$(row hall far 96 f 1)
	[far][rope1]overlay=0:178[mid];
	$(row mid near 190 n -1)
	[near][rope2]overlay=0:272[scene]" \
	$(h264 29 2 50)

# The edge of the stage: three beams sweep over a crowd that nods to the music.
beam() { sprite 200x460 "$1" 'if(gt(Y,230)*lt(abs(X-100),(Y-230)*0.28),190-(Y-230)*0.6,0)' 5; }
heads='lt(hypot(mod(X,64)-32,Y-34),17)+lt(pow((mod(X,64)-32)/29,2)+pow((Y-80)/32,2),1)'
clip k03-scenekant 25 "
	$(backdrop 0x120a1c 0x24102e)[dark];
	$(beam 0xb23a8f),rotate=a='0.55*sin(2*PI*t/8)':c=none:ow=640:oh=640[m];
	$(beam 0x3a6fd0),rotate=a='0.45*sin(2*PI*t/6+2)':c=none:ow=640:oh=640[b];
	$(beam 0xd8983a),rotate=a='0.5*sin(2*PI*t/12+4)':c=none:ow=640:oh=640[a];
	$(sprite 640x16 0x07060a '255' 1)[edge];
	$(sprite 704x120 0x140d20 "if($heads,255,0)" 1)[front];
	$(sprite 704x120 0x33204a "if($heads,255,0)" 1)[back];
	[dark][m]overlay=-160:-320[s0]; [s0][b]overlay=0:-320[s1]; [s1][a]overlay=160:-320[s2];
	[s2][edge]overlay=0:212[s3];
	[s3][back]overlay=x=-50:y='218+5*sin(2*PI*t)'[s4];
	[s4][front]overlay=x='-20+8*sin(2*PI*t/4)':y='250+7*sin(2*PI*t+1)'[scene]" \
	$(h265 31 3 50)

# The loading dock: a lorry backs in, waits and leaves under an amber light.
lorry='if(lt(mod(t,24),9),700-(1-cos(PI*mod(t,24)/9))/2*470,if(lt(mod(t,24),15),230,230+(1-cos(PI*(mod(t,24)-15)/9))/2*470))'
clip k04-lasterampe 25/2 "
	$(backdrop 0x161a1e 0x2a2f33)[yard];
	$(sprite 200x220 0x3b444c 'if(lt(mod(Y,22),19),255,0)' 0.6)[gate];
	$(sprite 640x18 0xc9a227 'if(lt(mod(X+Y,44),22),235,0)' 0.6)[hazard];
	$(sprite 330x170 0x7f8b94 'if(lt(X,328)*gt(X,2)*gt(Y,2),255,0)' 0.8)[box];
	$(sprite 110x130 0x8a3b2e 'if(gt(X,4)*gt(Y,4)*lt(X,106),255,0)' 0.8)[cab];
	$(sprite 60x60 0x0b0d0f 'if(lt(hypot(X-30,Y-30),27),255,0)' 0.8),split=3[w1][w2][w3];
	$(sprite 160x160 0xffa21f 'max(0,235-hypot(X-80,Y-80)*3)' 4)[lamp];
	$(person 0xb9c23a)[guard];
	[yard][gate]overlay=40:70[s0]; [s0][hazard]overlay=0:300[s1];
	[s1][box]overlay=x='$lorry':y=96[s2]; [s2][cab]overlay=x='$lorry+330':y=140[s3];
	[s3][w1]overlay=x='$lorry+30':y=246[s4]; [s4][w2]overlay=x='$lorry+230':y=246[s5]; [s5][w3]overlay=x='$lorry+365':y=246[s6];
	[s6][lamp]overlay=x=160:y=-20:enable='lt(mod(t,1),0.5)'[s7];
	[s7][guard]overlay=x='120+70*sin(2*PI*t/12)':y='205+2*sin(2*PI*t)'[scene]" \
	$(h264 28 0 25)

# The cloakroom: coats sway on their rail, an attendant walks behind the desk.
coat() { # coat COLOUR PHASE
	echo "$(sprite 90x190 "$1" 'if(lt(abs(X-45),14+min(Y,60)*0.45)*gt(Y,10)*lt(Y,180),255,0)' 1.2),rotate=a='0.09*sin(2*PI*t/4+$2)':c=none:ow=130:oh=220"
}
clip k05-garderobe 25/2 "
	$(backdrop 0x1c1712 0x33281d)[room];
	$(sprite 640x8 0xa98c5f '255' 0.6)[rail];
	$(sprite 640x70 0x4a3522 '255' 0.6)[desk];
	$(coat 0x6b3f2e 0)[c0]; $(coat 0x36505c 1)[c1]; $(coat 0x57663a 2)[c2]; $(coat 0x7a5a86 3)[c3]; $(coat 0x9a7b3c 4)[c4]; $(coat 0x3d3f5e 5)[c5];
	$(person 0xcfc4ae)[who];
	[room][rail]overlay=0:92[s0];
	[s0][c0]overlay=0:84[s1]; [s1][c1]overlay=105:84[s2]; [s2][c2]overlay=210:84[s3];
	[s3][c3]overlay=315:84[s4]; [s4][c4]overlay=420:84[s5]; [s5][c5]overlay=520:84[s6];
	[s6][who]overlay=x='290+260*sin(2*PI*t/12)':y='165+3*sin(2*PI*t)'[s7];
	[s7][desk]overlay=0:275[scene]" \
	$(h265 31 0 25)

ls -l ./*.mp4
