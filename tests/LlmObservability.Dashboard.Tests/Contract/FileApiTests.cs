using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Tests.Contract;

public sealed class FileApiTests : ApiContract, IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "llm-api-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    protected override void AddStore(ILlmObservabilityBuilder builder) => builder.AddFileStore(Path.Combine(_folder, Guid.NewGuid().ToString("N")));
}
