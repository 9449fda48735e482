// The same as sdk-benchmark on client_golang.
package main

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func cpuSeconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
}

func report(name string, count int, body func()) {
	best := 1e9
	for round := 0; round < 9; round++ {
		start := cpuSeconds()
		body()
		if spent := cpuSeconds() - start; spent < best {
			best = spent
		}
	}
	fmt.Printf("%s\t%.2f\tns\n", name, best*1e9/float64(count))
}

func instruments() {
	const count = 2000000
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "a_total", Help: "Help."})
	report("counter increment", count, func() {
		for i := 0; i < count; i++ {
			counter.Inc()
		}
	})
	report("counter increment by a fraction", count, func() {
		for i := 0; i < count; i++ {
			counter.Add(0.5)
		}
	})
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "b", Help: "Help."})
	report("gauge set", count, func() {
		for i := 0; i < count; i++ {
			gauge.Set(float64(i))
		}
	})
	values := make([]float64, 1024)
	for i := range values {
		values[i] = float64(i%97) * 0.11
	}
	histogram := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "c_seconds", Help: "Help."})
	report("histogram observe, 11 buckets", count, func() {
		for i := 0; i < count; i++ {
			histogram.Observe(values[i&1023])
		}
	})
	family := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "e_total", Help: "Help."}, []string{"method", "status"})
	statuses := make([]string, 128)
	for i := range statuses {
		statuses[i] = strconv.Itoa(i % 100)
		family.WithLabelValues("GET", statuses[i]).Inc()
	}
	report("child look-up with two labels, and increment", count, func() {
		for i := 0; i < count; i++ {
			family.WithLabelValues("GET", statuses[i&127]).Inc()
		}
	})
	for _, size := range []int{1000, 10000, 100000} {
		names := make([]string, size)
		for i := range names {
			names[i] = "/path/" + strconv.Itoa(i)
		}
		family := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "f_total", Help: "Help."}, []string{"method", "path"})
		start := cpuSeconds()
		for _, name := range names {
			family.WithLabelValues("GET", name).Inc()
		}
		fmt.Printf("new child, of %d\t%.2f\tns\n", size, (cpuSeconds()-start)*1e9/float64(size))
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "instruments" {
		instruments()
		return
	}
	const count = 100000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	registry := prometheus.NewRegistry()
	family := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "bench_request_duration_seconds", Help: "Help.",
	}, []string{"path", "instance_name"})
	registry.MustRegister(family)
	for i := 0; i < count; i++ {
		family.WithLabelValues("/api/v1/resource/"+strconv.Itoa(i), "server-"+strconv.Itoa(i%10)).Set(float64(i) * 1.0001234 / 7)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	fmt.Printf("memory of a series\t%.2f\tbytes\n", float64(after.HeapAlloc-before.HeapAlloc)/count)
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
	http.Handle("/metrics", handler)
	if err := http.ListenAndServe(os.Args[1], nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
