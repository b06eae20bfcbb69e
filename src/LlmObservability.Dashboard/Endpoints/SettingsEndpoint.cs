using LlmObservability.Dashboard.Answers;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>What the pages are to know of how they are set up.</summary>
internal sealed class SettingsEndpoint() : JsonEndpoint<SettingsAnswer>(AnswerJson.Default.SettingsAnswer)
{
    public override string Path => "settings";

    public override string Summary => "How the dashboard is set up: where traces are shown, and whether requests see one tenant alone";

    // As it was written: braces escaped would stand for nothing.
    protected override Task<SettingsAnswer> ReadAsync(ApiRequest request) =>
        Task.FromResult(new SettingsAnswer(request.Services.Options.TraceUrl?.OriginalString, request.Tenant.Tenant is not null));
}
