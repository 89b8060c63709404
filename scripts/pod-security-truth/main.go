// Makes test/unit/workload/pod-security/truth/fixtures.json.gz (its README says how): every fixture of
// k8s.io/pod-security-admission, and what its evaluator says of each pod at every level and version.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

// A text from a minor version on, until the next one.
type since struct {
	From int    `json:"from"`
	Text string `json:"text"`
}

type truth struct {
	Source string `json:"source"`
	// Without their names, in which alone many fixtures differ.
	Pods []json.RawMessage `json:"pods"`
	// The index of the pod, by the fixture's path: "baseline/v1.0/fail/hostports0".
	Fixtures map[string]int `json:"fixtures"`
	// For each pod by level what the server would say of it (AggregateCheckResult.ForbiddenDetail).
	Verdicts []map[api.Level][]since `json:"verdicts"`
}

func main() {
	module, version, newest := os.Args[1], os.Args[2], 0
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	check(err)
	files, err := filepath.Glob(filepath.Join(module, "test/testdata/*/v1.*/*/*.yaml"))
	check(err)
	out := truth{Source: "k8s.io/pod-security-admission " + version + ", Apache-2.0", Fixtures: map[string]int{}}
	indexes := map[string]int{}
	for _, file := range files {
		path, err := filepath.Rel(filepath.Join(module, "test/testdata"), file)
		check(err)
		var minor int
		_, err = fmt.Sscanf(strings.Split(path, "/")[1], "v1.%d", &minor)
		check(err)
		newest = max(newest, minor)
		pod := nameless(file)
		index, known := indexes[string(pod)]
		if !known {
			index = len(out.Pods)
			indexes[string(pod)] = index
			out.Pods = append(out.Pods, pod)
		}
		out.Fixtures[strings.TrimSuffix(path, ".yaml")] = index
	}
	for _, raw := range out.Pods {
		var pod corev1.Pod
		check(json.Unmarshal(raw, &pod))
		// As SetDefaults_Volume in Kubernetes has it: some fixtures pass by this alone.
		for i := range pod.Spec.Volumes {
			if source := &pod.Spec.Volumes[i].VolumeSource; *source == (corev1.VolumeSource{}) {
				source.EmptyDir = &corev1.EmptyDirVolumeSource{}
			}
		}
		out.Verdicts = append(out.Verdicts, map[api.Level][]since{
			api.LevelBaseline:   verdicts(evaluator, api.LevelBaseline, newest, &pod),
			api.LevelRestricted: verdicts(evaluator, api.LevelRestricted, newest, &pod),
		})
	}
	var buffer bytes.Buffer
	packed, err := gzip.NewWriterLevel(&buffer, gzip.BestCompression)
	check(err)
	check(json.NewEncoder(packed).Encode(out))
	check(packed.Close())
	_, err = os.Stdout.Write(buffer.Bytes())
	check(err)
}

func nameless(file string) json.RawMessage {
	text, err := os.ReadFile(file)
	check(err)
	var pod map[string]any
	check(yaml.Unmarshal(text, &pod))
	delete(pod["metadata"].(map[string]any), "name")
	raw, err := json.Marshal(pod)
	check(err)
	return raw
}

func verdicts(evaluator policy.Evaluator, level api.Level, newest int, pod *corev1.Pod) []since {
	var changes []since
	for minor := 0; minor <= newest; minor++ {
		policyVersion := api.LevelVersion{Level: level, Version: api.MajorMinorVersion(1, minor)}
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(policyVersion, &pod.ObjectMeta, &pod.Spec))
		text := result.ForbiddenDetail()
		if len(changes) == 0 || changes[len(changes)-1].Text != text {
			changes = append(changes, since{From: minor, Text: text})
		}
	}
	return changes
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
