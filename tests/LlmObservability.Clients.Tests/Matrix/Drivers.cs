using LlmObservability.Clients.Tests.AnthropicSdk;
using LlmObservability.Clients.Tests.OpenAiSdk;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>The clients of the matrix. Another one is another line here, with its costs and its exceptions in the two tables.</summary>
internal static class Drivers
{
    public static IReadOnlyList<IClientDriver> All { get; } = [new AnthropicDriver(), new OpenAiDriver()];

    public static IClientDriver Named(string name) => All.Single(driver => driver.Name == name);
}
