using LlmObservability.Dashboard.Endpoints;
using LlmObservability.Dashboard.Problems;

namespace LlmObservability.Dashboard.Tests.Description;

/// <summary>The documents tell of every route, problem and option.</summary>
public sealed class DocumentedTests
{
    [Fact]
    public async Task Every_route_parameter_and_problem_stands_in_the_document_of_the_api()
    {
        var text = await ReadAsync("api.md");
        foreach (var endpoint in ApiRoutes.All)
        {
            text.ShouldContain($"`{endpoint.Method} {endpoint.Path}`");
            foreach (var parameter in endpoint.Parameters)
            {
                text.ShouldContain($"`{parameter.Name}`", customMessage: endpoint.Path);
            }
        }

        ProblemCode.All.ShouldAllBe(code => text.Contains($"`{code}`", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_option_stands_in_the_document_of_the_configuration()
    {
        var text = await ReadAsync("configuration.md");
        text = text[text.IndexOf("## The JSON API", StringComparison.Ordinal)..];
        foreach (var option in typeof(LlmDashboardOptions).GetProperties())
        {
            text.ShouldContain($"| `{option.Name}` |");
        }
    }

    private static Task<string> ReadAsync(string name) =>
        File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Docs", name), TestContext.Current.CancellationToken);
}
