using System.Reflection;
using LlmObservability.Testing;

namespace LlmObservability.OpenTelemetry.Tests;

public sealed class PublicSurfaceTests
{
    private static readonly Assembly Package = Assembly.Load("LlmObservability.OpenTelemetry");

    [Fact]
    public void The_public_surface_is_the_approved_one() => PublicSurface.ShouldBeApproved(Package);

    [Fact]
    public void It_references_no_telemetry_package_but_the_api_and_no_store()
    {
        Package.GetReferencedAssemblies().Select(assembly => assembly.Name!)
            .ShouldNotContain(name => (name.StartsWith("OpenTelemetry", StringComparison.Ordinal) && name != "OpenTelemetry.Api")
                || name.StartsWith("Npgsql", StringComparison.Ordinal)
                || (name.StartsWith("LlmObservability", StringComparison.Ordinal) && name != "LlmObservability"));
    }
}
