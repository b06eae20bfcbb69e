namespace LlmObservability.Dashboard.Endpoints;

/// <summary>Every route of the API.</summary>
internal static class ApiRoutes
{
    public const string Prefix = "api/v1";

    public static IReadOnlyList<ApiEndpoint> All { get; } =
    [
        new CallsEndpoint(), new CallEndpoint(), new CallSetEndpoint(), new AggregateEndpoint(), new ValuesEndpoint(), new ToolsEndpoint(), new ExportEndpoint(),
        new LiveEndpoint(), new PipelineEndpoint(),
        new WhatIfEndpoint(), new ModelsEndpoint(), new StoreEndpoint(), new SettingsEndpoint(),
        new OpenApiEndpoint(),
    ];
}
