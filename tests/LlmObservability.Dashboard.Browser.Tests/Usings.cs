global using Microsoft.Playwright;
using LlmObservability.Dashboard.Browser.Tests.Browsing;

[assembly: AssemblyFixture(typeof(Chromium))]
