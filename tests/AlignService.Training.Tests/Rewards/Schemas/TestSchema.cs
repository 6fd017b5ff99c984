using System.Text.Json;
using AlignService.Specs.Rewards.Schemas;
using Xunit;

namespace AlignService.Training.Tests.Rewards.Schemas;

/// <summary>Schemas as a test reads them: for as long as it may run.</summary>
internal static class TestSchema
{
    public static JsonSchema Parse(string text) => JsonSchema.Parse(text, TestContext.Current.CancellationToken);

    public static bool Accepts(this JsonSchema schema, JsonElement value) => schema.Accepts(value, TestContext.Current.CancellationToken);
}
