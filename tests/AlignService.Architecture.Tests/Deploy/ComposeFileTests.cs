using System.Diagnostics;
using AlignService.Testing;
using Xunit;

namespace AlignService.Architecture.Tests.Deploy;

public sealed class ComposeFileTests
{
    private static readonly YamlNode Compose = YamlNode.Load("docker-compose.yml");

    public static TheoryData<string> Services => [.. Compose["services"].Keys];

    /// <summary>Compose's own parser: schema, interpolation, references between services, volumes.</summary>
    [Fact]
    public async Task ComposeItself_AcceptsTheFile()
    {
        (int exitCode, string output) = await ComposeConfigAsync("a-password");
        Assert.True(exitCode == 0, output);
        Assert.Contains("Password=a-password", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ComposeItself_WithoutAPassword_Refuses()
    {
        (int exitCode, string output) = await ComposeConfigAsync(null);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("POSTGRES_PASSWORD", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Worker_ReservesOneNvidiaDevice_AndHasTheCudaBuild()
    {
        YamlNode worker = Service("worker");
        YamlNode device = Assert.Single(worker["deploy"]["resources"]["reservations"]["devices"].Items);
        Assert.Equal("nvidia", device["driver"].Text);
        Assert.Equal("1", device["count"].Text);
        Assert.Equal(["gpu"], device["capabilities"].Texts);
        Assert.Equal("cuda", worker["build"]["args"]["TORCH_BACKEND"].Text);
    }

    [Fact]
    public void Server_StartsNoWorkerAndSharesStoreAndDataWithIt()
    {
        IReadOnlyList<string> command = Service("server")["command"].Texts;
        Assert.Equal("0", command[command.ToList().IndexOf("--workers") + 1]);
        Assert.Equal(Service("worker")["environment"]["ALIGN_STORE"].Text, Service("server")["environment"]["ALIGN_STORE"].Text);
        Assert.Contains("data:/data", Service("server")["volumes"].Texts);
        Assert.Contains("data:/data", Service("worker")["volumes"].Texts);
    }

    [Fact]
    public void Server_WaitsForADatabaseThatAnswers()
    {
        Assert.Equal("service_healthy", Service("server")["depends_on"]["postgres"]["condition"].Text);
        Assert.True(Service("postgres").Has("healthcheck"));
        Assert.True(Service("server").Has("healthcheck"));
        Assert.Contains("postgres:/var/lib/postgresql/data", Service("postgres")["volumes"].Texts);
        Assert.Contains("postgres", Compose["volumes"].Keys);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Service_ComesBackAfterACrash(string name) => Assert.Equal("unless-stopped", Service(name)["restart"].Text);

    /// <summary>Nothing here asks who is calling yet.</summary>
    [Theory]
    [MemberData(nameof(Services))]
    public void Service_IsPublishedToThisMachineOnly(string name)
    {
        if (Service(name).Has("ports"))
        {
            Assert.All(Service(name)["ports"].Texts, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Service_NamesOnlyFilesThatExist(string name)
    {
        YamlNode service = Service(name);
        List<string> files = [];
        if (service.Has("build"))
        {
            files.Add(service["build"]["dockerfile"].Text);
        }

        if (service.Has("volumes"))
        {
            files.AddRange(service["volumes"].Texts.Where(volume => volume.StartsWith('.')).Select(volume => volume.Split(':')[0]));
        }

        Assert.All(files, file => Assert.True(File.Exists(Path.Combine(Repository.Root, file)), $"There is no {file}."));
    }

    [Fact]
    public void Collector_PassesEverythingOnToTheDashboard()
    {
        YamlNode collector = YamlNode.Load("deploy/otel-collector.yaml");
        Assert.Equal(["traces", "metrics", "logs"], collector["service"]["pipelines"].Keys);
        foreach (string signal in collector["service"]["pipelines"].Keys)
        {
            YamlNode pipeline = collector["service"]["pipelines"][signal];
            Assert.Subset(collector["receivers"].Keys.ToHashSet(), pipeline["receivers"].Texts.ToHashSet());
            Assert.Subset(collector["processors"].Keys.ToHashSet(), pipeline["processors"].Texts.ToHashSet());
            Assert.Subset(collector["exporters"].Keys.ToHashSet(), pipeline["exporters"].Texts.ToHashSet());
        }

        Assert.Equal("dashboard", collector["exporters"]["otlp/dashboard"]["endpoint"].Text.Split(':')[0]);
        Assert.Contains("dashboard", Compose["services"].Keys);
        foreach (string sender in new[] { "server", "worker" })
        {
            Assert.Equal("http://collector:4317", Service(sender)["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"].Text);
        }
    }

    private static YamlNode Service(string name) => Compose["services"][name];

    private static async Task<(int ExitCode, string Output)> ComposeConfigAsync(string? password)
    {
        string? compose = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, "docker-compose"))
            .FirstOrDefault(File.Exists);
        if (compose is null)
        {
            Requirement.Missing("compose", "there is no docker-compose; its Debian package has that name.");
        }

        // So that a .env in the checkout plays no part.
        string environmentFile = Path.Combine(AppContext.BaseDirectory, "empty.env");
        await File.WriteAllTextAsync(environmentFile, "", TestContext.Current.CancellationToken);
        ProcessStartInfo start = new(compose!, ["--env-file", environmentFile, "--file", Path.Combine(Repository.Root, "docker-compose.yml"), "config"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("POSTGRES_PASSWORD");
        if (password is not null)
        {
            start.Environment["POSTGRES_PASSWORD"] = password;
        }

        using Process process = Process.Start(start)!;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, output + await errors);
    }
}
