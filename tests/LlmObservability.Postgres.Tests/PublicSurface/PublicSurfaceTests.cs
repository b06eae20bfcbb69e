using LlmObservability.Testing;

namespace LlmObservability.Postgres.Tests;

public sealed class PublicSurfaceTests
{
    [Fact]
    public void The_public_surface_is_the_approved_one() => PublicSurface.ShouldBeApproved(typeof(PostgresLlmStore).Assembly);
}
