using AlignService.Jobs.Runs;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards.Remote;
using Microsoft.Extensions.Logging;

namespace AlignService.Server.Hosting;

/// <summary>
/// What an operator sets for `align serve` and `align worker`. A property is the whole declaration of a setting: command-line option, environment variable,
/// key of the configuration, help and checks derive from it (<see cref="HostSettingCatalog"/>).
/// </summary>
public sealed record HostSettings
{
    /// <summary>
    /// gRPC (HTTP/2 without TLS) and the status page (HTTP/1.1) share each address. Port 0 lets the system choose; the running server's Addresses tell what
    /// it chose.
    /// </summary>
    [HostSetting("Address to listen on, http://IP:PORT; port 0 lets the system choose, host * is every interface; may be repeated", "URL", ServerOnly = true)]
    public IReadOnlyList<string> Listen { get; init; } = ["http://127.0.0.1:5080"];

    /// <summary>gRPC, which no page in a browser can speak, does not look at it.</summary>
    [HostSetting("Host name under which the status page may be opened, besides IP addresses, localhost and this machine's name; * is any; may be repeated", "NAME", ServerOnly = true, Default = "none")]
    public IReadOnlyList<string> PageHosts { get; init; } = [];

    /// <summary>Callers are asked who they are unless every address is this machine's own.</summary>
    [HostSetting("Whether callers need credentials", ServerOnly = true, Default = "required, unless only this machine can reach the server")]
    public AccessMode? Access { get; init; }

    [HostSetting("true lets anyone who reaches the port from elsewhere do everything, without credentials", "BOOL", ServerOnly = true)]
    public bool Insecure { get; init; }

    /// <summary>Read again when the file changes.</summary>
    [HostSetting("PEM file with the certificate of https addresses, and those between it and its root", "FILE", ServerOnly = true, Default = "none")]
    public string? TlsCertificate { get; init; }

    [HostSetting("PEM file with the private key of --tls-certificate", "FILE", ServerOnly = true, Default = "in the certificate's file")]
    public string? TlsKey { get; init; }

    /// <summary>The certificate's subject says who: CN is the name, O the project, OU the role (read, submit, admin or operator).</summary>
    [HostSetting("PEM file with the authorities of client certificates; a client that has one needs no key", "FILE", ServerOnly = true, Default = "none")]
    public string? ClientCa { get; init; }

    [HostSetting("OpenID Connect issuer whose tokens are accepted", "URL", ServerOnly = true, Default = "none")]
    public string? OidcIssuer { get; init; }

    [HostSetting("Audience that tokens must name", "NAME", ServerOnly = true)]
    public string OidcAudience { get; init; } = "align";

    [HostSetting("Claim of a token that names the project", "CLAIM", ServerOnly = true)]
    public string OidcProjectClaim { get; init; } = "align_project";

    [HostSetting("Claim of a token that names the role: read, submit, admin or operator", "CLAIM", ServerOnly = true)]
    public string OidcRoleClaim { get; init; } = "align_role";

    [HostSetting("Calls a minute that one caller is answered; 0 is no limit. A key may have its own", "N", Min = 0, Max = 1_000_000, ServerOnly = true)]
    public int RequestsPerMinute { get; init; } = 6000;

    [HostSetting("Root of everything on disk: store, models, checkpoints", "DIR")]
    public string Data { get; init; } = "data";

    /// <summary>Data files and models of jobs must lie below one of these or the data root, with every symbolic link resolved. Server and workers need the same.</summary>
    [HostSetting("A directory below which jobs may name data files and models, besides the data root; may be repeated", "DIR", Default = "none")]
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>Bounds memory: the rows of a source are in memory while a job is checked, and while it trains.</summary>
    [HostSetting("Largest data of one source of a job in MiB, after decompression", "MIB", Min = 1, Max = 1_048_576)]
    public int MaxDataMib { get; init; } = 1024;

    [HostSetting("Most that a project's imported models may take together in GiB, begun imports included; a further one is refused", "GIB", Min = 1, Max = 1_048_576, ServerOnly = true)]
    public int MaxModelsGib { get; init; } = 1024;

    [HostSetting("Most that a project's uploaded datasets may take together in GiB, begun uploads included; a further one is refused", "GIB", Min = 1, Max = 1_048_576, ServerOnly = true)]
    public int MaxDatasetsGib { get; init; } = 256;

    [HostSetting("Hours after which an import or an upload that nobody continued is removed", "HOURS", Min = 1, Max = 8760, ServerOnly = true)]
    public int UploadHours { get; init; } = 24;

    [HostSetting("Connection string of the store: PostgreSQL's, or SQLite's", "CONNECTION", Default = "SQLite in the data root")]
    public string? Store { get; init; }

    /// <summary>On machines with CUDA devices, at most one per device.</summary>
    [HostSetting("Jobs that run at once, one process each; for the server, 0 leaves jobs to `align worker`", "N", Min = 0, Max = 1024, Default = "one per device")]
    public int? Workers { get; init; }

    /// <summary>A further job is refused with a QuotaFailure.</summary>
    [HostSetting("Jobs that may wait in the queue; a further one is refused", "N", Min = 1, Max = 1_000_000, ServerOnly = true)]
    public int MaxQueuedJobs { get; init; } = 1000;

    /// <summary>Bounds a prompt list inside a job.</summary>
    [HostSetting("Largest gRPC message in MiB, received or sent; a job with its inline data is one", "MIB", Min = 1, Max = 1024, ServerOnly = true)]
    public int MaxMessageMib { get; init; } = 64;

    /// <summary>Workers renew about four times in this time.</summary>
    [HostSetting("Seconds after which a job is taken from a worker that has stopped answering", "SECONDS", Min = 5, Max = 3600)]
    public int LeaseSeconds { get; init; } = 30;

    [HostSetting("Seconds that a worker has to stop when it is asked to: half for the step it is in, half to write a checkpoint; then it is killed", "SECONDS", Min = 1, Max = 3600)]
    public int StopGraceSeconds { get; init; } = 10;

    /// <summary>Longer than one layer of the largest model on the slowest device, and than what a reward takes for one completion.</summary>
    [HostSetting("Seconds without any progress after which a worker is taken to hang, and its job goes on in another from the last checkpoint", "SECONDS", Min = 30, Max = 86_400)]
    public int StuckSeconds { get; init; } = 600;

    /// <summary>Each is in a process of its own, and takes eight bytes per parameter; those that do not fit this machine's memory together are not loaded together.</summary>
    [HostSetting("Models that are loaded at once for sampling (align chat); 0 refuses to sample", "N", Min = 0, Max = 64, ServerOnly = true)]
    public int MaxLoadedModels { get; init; } = 2;

    [HostSetting("Calls that one loaded model samples or keeps waiting at once; a further one is refused", "N", Min = 1, Max = 10_000, ServerOnly = true)]
    public int MaxModelCalls { get; init; } = 64;

    [HostSetting("Seconds after its last call until a model that was loaded for sampling is unloaded", "SECONDS", Min = 1, Max = 86_400, ServerOnly = true)]
    public int ModelIdleSeconds { get; init; } = 300;

    [HostSetting("Where models that are loaded for sampling are: cpu, cuda or cuda:N", "DEVICE", ServerOnly = true)]
    public string ModelDevice { get; init; } = "cpu";

    /// <summary>A job sends a secret to an address that it chooses itself, so only those meant for jobs are open. Server and workers need the same.</summary>
    [HostSetting("Environment variable, or file or directory, that rewards of jobs may name as env:NAME or file:PATH, besides variables ALIGN_SECRET_*; may be repeated", "NAME", Default = "none")]
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Link-local addresses, behind which clouds keep a machine's credentials, are closed unless they are listed. Server and workers need the same.</summary>
    [HostSetting("Network in CIDR notation that rewards may connect to although it is link-local, a metadata address or multicast; may be repeated", "CIDR", Default = "none")]
    public IReadOnlyList<string> OpenNetworks { get; init; } = [];

    [HostSetting("How log lines on standard error look")]
    public LogFormat LogFormat { get; init; } = LogFormat.Text;

    [HostSetting("Least severe log lines that are written")]
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    internal IReadOnlyList<ListenAddress> ListenAddresses => [.. Listen.Select(ListenAddress.Parse)];

    /// <summary>Whether callers are asked who they are.</summary>
    internal bool RequiresAccess => Access is { } mode ? mode == AccessMode.Required : !Insecure && !ListenAddresses.All(address => address.IsLoopback);

    internal string FullData => Path.GetFullPath(Data);

    /// <summary>Which files jobs may name.</summary>
    internal FilePolicy FilePolicy => new([FullData, .. Roots.Select(Path.GetFullPath)], (long)MaxDataMib << 20)
    {
        Data = DataRoot,
        Closed = RequiresAccess ? [Path.Combine(FullData, "jobs"), .. DataRoot.Collections, DataRoot.Projects] : [],
    };

    internal DataRoot DataRoot => new(FullData);

    /// <summary>What jobs may reach.</summary>
    /// <exception cref="ServerStartException">A network is not one.</exception>
    internal RunAccess RunAccess => new(FilePolicy) { Secrets = new SecretPolicy(Secrets), Network = ParseNetworks(), JobsFolder = Path.Combine(FullData, "jobs") };

    private NetworkPolicy ParseNetworks()
    {
        try
        {
            return NetworkPolicy.Parse(OpenNetworks);
        }
        catch (FormatException fault)
        {
            throw new ServerStartException($"--open-networks (ALIGN_OPEN_NETWORKS): {fault.Message}", fault);
        }
    }
}

/// <summary>Whether callers need credentials.</summary>
public enum AccessMode
{
    /// <summary>Every call needs an API key, a token or a client certificate.</summary>
    Required,

    /// <summary>Whoever reaches the server may do everything.</summary>
    Open,
}

/// <summary>The server cannot start as it was asked to.</summary>
internal sealed class ServerStartException : AlignException
{
    public ServerStartException(string message)
        : base(message)
    {
    }

    public ServerStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
