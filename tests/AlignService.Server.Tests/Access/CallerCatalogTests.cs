using System.Reflection;
using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using Xunit;

namespace AlignService.Server.Tests.Access;

public sealed class CallerCatalogTests
{
    /// <summary>They take a job that was found for the caller before.</summary>
    private static readonly string[] Trusted = ["JobEventStream", "WaitReasons"];

    /// <summary>A class that asks the catalog itself would answer for every project.</summary>
    [Fact]
    public void Request_ReachesJobsThroughTheCallersCatalog()
    {
        IEnumerable<string> wrong = typeof(CallerCatalog).Assembly.GetTypes()
            .Where(type => type.Namespace is { } name && (name.EndsWith(".Rpc", StringComparison.Ordinal) || name.EndsWith(".Validation", StringComparison.Ordinal) || name.EndsWith(".StatusPage", StringComparison.Ordinal)))
            .Where(type => !Trusted.Contains(type.Name) && type.DeclaringType is null)
            .Where(type => type.GetConstructors().SelectMany(constructor => constructor.GetParameters())
                .Concat(type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public).SelectMany(method => method.GetParameters()))
                .Any(parameter => parameter.ParameterType == typeof(IJobCatalog)))
            .Select(type => type.Name);
        Assert.Empty(wrong);
    }
}
