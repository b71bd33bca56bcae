package analyze_test
import ("testing";"os";"context";"runtime";"fmt";"time"
"github.com/latchscope/latchscope/analyze"
"github.com/latchscope/latchscope/analyze/capture"
"github.com/latchscope/latchscope/detect")
func TestZZProf(t *testing.T){
 f:=os.Getenv("CAP"); if f=="" {t.Skip()}
 set,err:=capture.OpenSet([]string{f},nil,capture.Options{}); if err!=nil {t.Fatal(err)}
 var a,b runtime.MemStats; runtime.ReadMemStats(&a); t0:=time.Now()
 h,_:=analyze.Collect(context.Background(),set,analyze.Options{Serial:os.Getenv("SERIAL")!="",Limits:analyze.DefaultLimits()})
 t1:=time.Now(); runtime.ReadMemStats(&b)
 fmt.Println("collect",t1.Sub(t0),"mallocs",b.Mallocs-a.Mallocs,"bytes",(b.TotalAlloc-a.TotalAlloc)>>20, "heap",b.HeapAlloc>>20,"sys",b.Sys>>20,"gc",b.NumGC, len(h.Streams),len(h.Messages))
 var n int64; for _,c:=range h.Captures {n+=c.Packets}
 fmt.Printf("%.4f allocs/packet\n", float64(b.Mallocs-a.Mallocs)/float64(n))
 tr:=analyze.Correlate(h); t2:=time.Now(); fmt.Println("correlate",t2.Sub(t1), len(tr.Calls))
 r:=detect.Run(tr,detect.Detectors()); fmt.Println("detect",time.Since(t2),len(r.Findings))
 runtime.ReadMemStats(&b); fmt.Println("bytes",(b.TotalAlloc-a.TotalAlloc)>>20, "heap",b.HeapAlloc>>20,"sys",b.Sys>>20,"gc",b.NumGC)
}
