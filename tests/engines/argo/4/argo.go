package main

import (
	"context"

	"github.com/argoproj/argo-workflows/v4/cmd/argo/lint"
	"github.com/argoproj/argo-workflows/v4/pkg/apiclient"
	wfv1 "github.com/argoproj/argo-workflows/v4/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v4/util/logging"
	"github.com/argoproj/argo-workflows/v4/util/template"
	"github.com/argoproj/argo-workflows/v4/workflow/common"
)

// The types and functions of Argo 4 that the common part needs.
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

// background is a context with the logger that version 4 asks for everywhere.
func background() context.Context {
	return logging.WithLogger(context.Background(), logging.NewSlogLogger(logging.Error, logging.Text))
}

func parse(data []byte) ([]any, error) {
	objects := []any{}
	for _, result := range common.ParseObjects(background(), data, true) {
		if result.Err != nil {
			return nil, result.Err
		}
		objects = append(objects, result.Object)
	}
	return objects, nil
}

func processArgs(tmpl *Template, args Arguments, global, local Parameters) (*Template, error) {
	return common.ProcessArgs(background(), tmpl, &args, global, local, false, "default", nil)
}

func replace(text string, values Parameters) (string, error) {
	return template.Replace(background(), text, forTemplate(values), true)
}

func lintFile(file string) (bool, []error, error) {
	ctx, client, err := apiclient.NewClientFromOptsWithContext(background(), apiclient.Opts{
		Offline: true, OfflineFiles: []string{file},
	})
	if err != nil {
		return false, nil, err
	}
	clients := lint.ServiceClients{WorkflowsClient: client.NewWorkflowServiceClient(ctx)}
	if clients.WorkflowTemplatesClient, err = client.NewWorkflowTemplateServiceClient(); err != nil {
		return false, nil, err
	}
	if clients.CronWorkflowsClient, err = client.NewCronWorkflowServiceClient(); err != nil {
		return false, nil, err
	}
	results, err := lint.Lint(ctx, &lintOptions{
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
