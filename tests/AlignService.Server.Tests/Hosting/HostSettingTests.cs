using System.Text.RegularExpressions;
using AlignService.Server.Hosting;
using AlignService.Server.Tests.Fixtures;
using AlignService.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AlignService.Server.Tests.Hosting;

/// <summary>An operator's settings: option over variable over file, checked before anything starts, and handed on to workers whole.</summary>
public sealed partial class HostSettingTests : IDisposable
{
    private static readonly Dictionary<string, IReadOnlyList<string>> NoFlags = [];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_given_is_the_declared_default() => Assert.Equivalent(new HostSettings(), Read(NoFlags, [], null), strict: true);

    [Fact]
    public void The_option_wins_over_the_variable_and_the_variable_over_the_file()
    {
        string file = Write("""{"Align": {"LeaseSeconds": 60, "StopGraceSeconds": 61, "MaxQueuedJobs": 62, "Listen": ["http://127.0.0.1:1", "http://127.0.0.1:2"], "LogLevel": "Debug"}}""");
        var variables = new Dictionary<string, string> { ["ALIGN_LEASE_SECONDS"] = "70", ["ALIGN_STOP_GRACE_SECONDS"] = "71", ["ALIGN_DATA"] = "" };

        HostSettings settings = Read(new() { ["LeaseSeconds"] = ["80"] }, variables, file);

        Assert.Equal((80, 71, 62), (settings.LeaseSeconds, settings.StopGraceSeconds, settings.MaxQueuedJobs));
        Assert.Equal(["http://127.0.0.1:1", "http://127.0.0.1:2"], settings.Listen);
        Assert.Equal(LogLevel.Debug, settings.LogLevel);
        Assert.Equal("data", settings.Data);
    }

    [Fact]
    public void A_list_in_a_variable_has_commas_and_a_connection_keeps_its_own()
    {
        HostSettings settings = Read(NoFlags, new() { ["ALIGN_LISTEN"] = "http://127.0.0.1:1, http://127.0.0.1:2", ["ALIGN_STORE"] = "Host=a,b;Database=align" }, null);

        Assert.Equal(["http://127.0.0.1:1", "http://127.0.0.1:2"], settings.Listen);
        Assert.Equal("Host=a,b;Database=align", settings.Store);
    }

    [Theory]
    [InlineData("ALIGN_LEASE_SECONDS", "4", "--lease-seconds (ALIGN_LEASE_SECONDS, Align:LeaseSeconds) is \"4\"; it must be a whole number from 5 to 3600.")]
    [InlineData("ALIGN_LEASE_SECONDS", "30.5", "is \"30.5\"; it must be a whole number")]
    [InlineData("ALIGN_LEASE_SECONDS", "99999999999", "it must be a whole number from 5 to 3600")]
    [InlineData("ALIGN_WORKERS", "-1", "--workers (ALIGN_WORKERS, Align:Workers) is \"-1\"; it must be a whole number from 0 to 1024.")]
    [InlineData("ALIGN_MAX_MESSAGE_MIB", "0x10", "from 1 to 1024")]
    [InlineData("ALIGN_LOG_FORMAT", "yaml", "is \"yaml\"; known are text, json, none.")]
    [InlineData("ALIGN_LOG_LEVEL", "3", "known are trace, debug, information, warning, error, critical, none")]
    [InlineData("ALIGN_CONFIG", "absent.json", "There is no configuration file absent.json (--config or ALIGN_CONFIG).")]
    public void A_wrong_value_is_named_with_its_bounds(string variable, string value, string words)
    {
        var fault = Assert.ThrowsAny<AlignException>(() => Read(NoFlags, new() { [variable] = value }, null));

        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Align": {"MaxQueueJobs": 5}}""", "Align:MaxQueueJobs, which is not a setting. Did you mean \"MaxQueuedJobs\"?")]
    [InlineData("""{"Align": {"LeaseSeconds": "soon"}}""", "is \"soon\"")]
    [InlineData("""{"Align": """, "cannot be read")]
    [InlineData("""{"Align": {"LeaseSeconds": 10, "leaseseconds": 20}}""", "cannot be read")]
    public void A_wrong_file_is_refused(string content, string words)
    {
        var fault = Assert.ThrowsAny<AlignException>(() => Read(NoFlags, [], Write(content)));

        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_reads_the_settings_of_its_supervisor_from_its_environment()
    {
        var given = new HostSettings { Data = "/a b", Store = "Host=a,b;Password='x'", Workers = 3, LeaseSeconds = 99, StopGraceSeconds = 98, LogFormat = LogFormat.Json, LogLevel = LogLevel.Error };

        HostSettings read = Read(NoFlags, HostSettingCatalog.ToEnvironment(given), null);

        Assert.Equivalent(given, read, strict: true);
    }

    [Fact]
    public void Every_property_is_a_setting_with_names_of_its_own()
    {
        Assert.Equal(typeof(HostSettings).GetProperties().Select(property => property.Name), HostSettingCatalog.All.Select(setting => setting.Key));
        Assert.Distinct(HostSettingCatalog.All.SelectMany(setting => new[] { setting.Flag, setting.Variable }));
        Assert.All(HostSettingCatalog.All, setting => Assert.True(setting.Description.Length > 10 && setting.Default.Length > 0, setting.Key));
    }

    /// <summary>With ALIGN_UPDATE_DOCS=1 the table is written anew.</summary>
    [Fact]
    public void The_document_has_every_setting()
    {
        string file = Path.Combine(Repository.Root, "docs/operations.md");
        string document = File.ReadAllText(file);
        string table = string.Join('\n', [
            "| option | variable | key | default | meaning |",
            "|---|---|---|---|---|",
            .. HostSettingCatalog.All.Select(setting =>
                $"| `{setting.Flag}` | `{setting.Variable}` | `{setting.Key}` | {setting.Default} | {setting.Description}{(setting.ServerOnly ? " (`serve` only)" : "")} |"),
        ]);
        string written = Table().Replace(document, match => $"{match.Groups[1].Value}{table}\n{match.Groups[2].Value}");
        if (Environment.GetEnvironmentVariable("ALIGN_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(file, written);
        }

        Assert.Contains(table, File.ReadAllText(file), StringComparison.Ordinal);
    }

    [GeneratedRegex("(<!-- settings -->\n\n).*?(\n<!-- end of settings -->)", RegexOptions.Singleline)]
    private static partial Regex Table();

    private static HostSettings Read(Dictionary<string, IReadOnlyList<string>> flags, Dictionary<string, string> variables, string? file) =>
        HostSettingCatalog.Read(flags, file, name => variables.GetValueOrDefault(name));

    private string Write(string content)
    {
        string file = Path.Combine(_folder.Path, "align.json");
        File.WriteAllText(file, content);
        return file;
    }
}
