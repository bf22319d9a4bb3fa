package main

import (
	"context"

	"github.com/argoproj/argo-workflows/v3/cmd/argo/lint"
	"github.com/argoproj/argo-workflows/v3/pkg/apiclient"
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/template"
	"github.com/argoproj/argo-workflows/v3/workflow/common"
)

// The types and functions of Argo 3 that the common part needs.
type (
	Workflow         = wfv1.Workflow
	WorkflowTemplate = wfv1.WorkflowTemplate
	CronWorkflow     = wfv1.CronWorkflow
	WorkflowSpec     = wfv1.WorkflowSpec
	Template         = wfv1.Template
	DAGTask          = wfv1.DAGTask
	Arguments        = wfv1.Arguments
	Parameters       = common.Parameters
)

func parse(data []byte) ([]any, error) {
	objects := []any{}
	for _, result := range common.ParseObjects(data, true) {
		if result.Err != nil {
			return nil, result.Err
		}
		objects = append(objects, result.Object)
	}
	return objects, nil
}

func processArgs(tmpl *Template, args Arguments, global, local Parameters) (*Template, error) {
	return common.ProcessArgs(tmpl, &args, global, local, false, "default", nil)
}

func replace(text string, values Parameters) (string, error) {
	return template.Replace(text, forTemplate(values), true)
}

func lintFile(file string) (bool, []error, error) {
	ctx, client, err := apiclient.NewClientFromOpts(apiclient.Opts{
		Context: context.Background(), Offline: true, OfflineFiles: []string{file},
	})
	if err != nil {
		return false, nil, err
	}
	clients := lint.ServiceClients{WorkflowsClient: client.NewWorkflowServiceClient()}
	if clients.WorkflowTemplatesClient, err = client.NewWorkflowTemplateServiceClient(); err != nil {
		return false, nil, err
	}
	if clients.CronWorkflowsClient, err = client.NewCronWorkflowServiceClient(); err != nil {
		return false, nil, err
	}
	results, err := lint.Lint(ctx, &lint.LintOptions{
		Files: []string{file}, Strict: true, DefaultNamespace: "default", ServiceClients: clients,
	})
	if err != nil {
		return false, nil, err
	}
	linted, errs := false, []error{}
	for _, result := range results.Results {
		linted = linted || result.Linted
		errs = append(errs, result.Errs...)
	}
	return linted, errs, nil
}
