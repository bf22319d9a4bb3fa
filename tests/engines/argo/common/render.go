package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// Job says which workflow to render and what its tasks have put out.
type Job struct {
	File string `json:"file"`
	// By task as Argo names it, then by output.
	Outputs map[string]map[string]string `json:"outputs"`
	// Overrides of the workflow's parameters.
	Parameters map[string]string `json:"parameters"`
}

// Rendered holds the pods of one workflow, or why there are none.
type Rendered struct {
	File  string `json:"file"`
	Error string `json:"error,omitempty"`
	Pods  []Pod  `json:"pods"`
}

// Pod is what one process would be given, after Argo's substitutions and the kubelet's.
type Pod struct {
	Task     string            `json:"task"`
	Template string            `json:"template"`
	Command  []string          `json:"command"`
	Args     []string          `json:"args"`
	Env      map[string]string `json:"env"`
}

func renderAll(file string) ([]Rendered, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	if err := json.Unmarshal(data, &jobs); err != nil {
		return nil, err
	}
	rendered := []Rendered{}
	for _, job := range jobs {
		one := Rendered{File: job.File, Pods: []Pod{}}
		pods, err := render(job)
		if err != nil {
			one.Error = err.Error()
		} else {
			one.Pods = append(one.Pods, pods...)
		}
		rendered = append(rendered, one)
	}
	return rendered, nil
}

func render(job Job) ([]Pod, error) {
	data, err := os.ReadFile(job.File)
	if err != nil {
		return nil, err
	}
	objects, err := parse(data)
	if err != nil {
		return nil, err
	}
	pods := []Pod{}
	for _, object := range objects {
		if spec := specOf(object); spec != nil {
			walk := walk{spec: spec, outputs: job.Outputs, global: globals(spec, job)}
			if err := walk.template(spec.Entrypoint, Arguments{}, spec.Entrypoint); err != nil {
				return nil, err
			}
			pods = append(pods, walk.pods...)
		}
	}
	if len(pods) == 0 {
		return nil, fmt.Errorf("no pods in %s", job.File)
	}
	return pods, nil
}

func specOf(object any) *WorkflowSpec {
	switch object := object.(type) {
	case *Workflow:
		return &object.Spec
	case *WorkflowTemplate:
		return &object.Spec
	case *CronWorkflow:
		return &object.Spec.WorkflowSpec
	}
	return nil
}

func globals(spec *WorkflowSpec, job Job) Parameters {
	values := Parameters{
		"workflow.name":               "hostile-abc",
		"workflow.uid":                "11111111-2222-3333-4444-555555555555",
		"workflow.namespace":          "default",
		"workflow.serviceAccountName": "default",
		"workflow.status":             "Running",
		"workflow.creationTimestamp":  "2026-01-02T03:04:05Z",
		"workflow.scheduledTime":      "2026-01-02T03:04:05Z",
	}
	for _, parameter := range spec.Arguments.Parameters {
		if parameter.Value != nil {
			values["workflow.parameters."+parameter.Name] = parameter.Value.String()
		}
	}
	for name, value := range job.Parameters {
		values["workflow.parameters."+name] = value
	}
	return values
}

// walk goes through the templates in the way the controller does, every task taken to run.
type walk struct {
	spec    *WorkflowSpec
	outputs map[string]map[string]string
	global  Parameters
	pods    []Pod
}

func (w *walk) template(name string, args Arguments, path string) error {
	for i := range w.spec.Templates {
		if w.spec.Templates[i].Name == name {
			return w.body(&w.spec.Templates[i], args, path)
		}
	}
	return fmt.Errorf("%s: no template %q", path, name)
}

func (w *walk) body(template *Template, args Arguments, path string) error {
	processed, err := processArgs(template, args, w.global, Parameters{"pod.name": "pod"})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	switch {
	case processed.DAG != nil:
		for _, task := range processed.DAG.Tasks {
			if err := w.task(task, path); err != nil {
				return err
			}
		}
	case processed.Steps != nil:
		for _, group := range processed.Steps {
			for _, step := range group.Steps {
				text, err := json.Marshal(step)
				if err != nil {
					return err
				}
				var task DAGTask
				if err := json.Unmarshal(text, &task); err != nil {
					return err
				}
				if err := w.task(task, path); err != nil {
					return err
				}
			}
		}
	case processed.Container != nil:
		return w.pod(processed, path)
	}
	return nil
}

// task resolves one task's references and items, and goes into its template for each item.
func (w *walk) task(task DAGTask, path string) error {
	path += "/" + task.Name
	text, err := json.Marshal(task)
	if err != nil {
		return err
	}
	resolved, err := replace(string(text), w.global.Merge(w.scope()))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	task = DAGTask{}
	if err := json.Unmarshal([]byte(resolved), &task); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	items, expands, err := itemsOf(task)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if !expands {
		return w.template(task.Template, task.Arguments, path)
	}
	task.WithItems, task.WithParam, task.WithSequence = nil, "", nil
	for index, item := range items {
		if err := w.item(task, item, fmt.Sprintf("%s[%d]", path, index)); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) item(task DAGTask, item any, path string) error {
	text, err := json.Marshal(task)
	if err != nil {
		return err
	}
	values := w.global.Merge(w.scope())
	switch item := item.(type) {
	case string:
		values["item"] = item
	case map[string]any:
		for key, value := range item {
			values["item."+key] = jsonText(value)
		}
		values["item"] = jsonText(item)
	default:
		values["item"] = jsonText(item)
	}
	resolved, err := replace(string(text), values)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var instance DAGTask
	if err := json.Unmarshal([]byte(resolved), &instance); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return w.template(instance.Template, instance.Arguments, path)
}

func itemsOf(task DAGTask) ([]any, bool, error) {
	switch {
	case task.WithSequence != nil && task.WithSequence.Count != nil:
		count, err := strconv.Atoi(task.WithSequence.Count.String())
		if err != nil {
			return nil, true, err
		}
		items := []any{}
		for i := range count {
			items = append(items, strconv.Itoa(i))
		}
		return items, true, nil
	case task.WithParam != "":
		var items []any
		err := json.Unmarshal([]byte(task.WithParam), &items)
		return items, true, err
	case task.WithItems != nil:
		text, err := json.Marshal(task.WithItems)
		if err != nil {
			return nil, true, err
		}
		var items []any
		err = json.Unmarshal(text, &items)
		return items, true, err
	}
	return nil, false, nil
}

func (w *walk) scope() Parameters {
	values := Parameters{}
	for task, outputs := range w.outputs {
		values["tasks."+task+".status"] = "Succeeded"
		for output, value := range outputs {
			values["tasks."+task+".outputs.parameters."+output] = value
		}
	}
	return values
}

// pod substitutes what an attempt adds, then the finished pod once more, then as the kubelet does.
func (w *walk) pod(template *Template, path string) error {
	text, err := json.Marshal(template)
	if err != nil {
		return err
	}
	attempt := w.global.Merge(Parameters{"retries": "0", "pod.name": "pod"})
	for range 2 {
		replaced, err := replace(string(text), attempt)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		text = []byte(replaced)
	}
	var finished Template
	if err := json.Unmarshal(text, &finished); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	container := finished.Container
	env := map[string]string{}
	for _, variable := range container.Env {
		if variable.ValueFrom == nil {
			env[variable.Name] = expand(variable.Value, env)
		}
	}
	w.pods = append(w.pods, Pod{
		Task:     path,
		Template: template.Name,
		Command:  expandAll(container.Command, env),
		Args:     expandAll(container.Args, env),
		Env:      env,
	})
	return nil
}

func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
