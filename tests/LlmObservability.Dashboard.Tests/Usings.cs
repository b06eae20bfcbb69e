using LlmObservability.Testing.Postgres;

[assembly: AssemblyFixture(typeof(PostgresServer))]
