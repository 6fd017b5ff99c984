using Xunit;

namespace AlignService.Testing;

/// <summary>Something outside the project that a test needs: `shared`, `postgres`, `chromium`, `clients`.</summary>
public static class Requirement
{
    /// <summary>Skips the test with the reason, or fails it where ALIGN_REQUIRE (a comma-separated list) names the requirement.</summary>
    public static void Missing(string name, string reason)
    {
        string[] required = (Environment.GetEnvironmentVariable("ALIGN_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries);
        if (required.Contains(name))
        {
            Assert.Fail($"{name} is required here (ALIGN_REQUIRE), but {reason}");
        }

        Assert.Skip($"{name}: {reason}");
    }
}
