using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using AlignService.Server.Hosting;
using AlignService.Server.Rpc;
using AlignService.Specs.Binding;
using AlignService.Specs.Resources;
using AlignService.Store.Access;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;
using ApiKey = AlignService.Contracts.V1.ApiKey;
using Option = System.CommandLine.Option;
using Role = AlignService.Store.Access.Role;

namespace AlignService.Cli.Commands;

/// <summary>`align keys`: the API keys of a project.</summary>
internal sealed class KeysCommand : Command, IExplainedCommand
{
    public KeysCommand()
        : base("keys", "Make, list and revoke the API keys of a project")
    {
        Add(new KeysCreateCommand());
        Add(new KeysListCommand());
        Add(new KeysRevokeCommand());
    }

    public IReadOnlyList<string> Examples =>
    [
        "align keys create --local --role operator",
        "align keys create --name nightly --role submit --lifetime 90d",
        "align keys revoke projects/vision/keys/k3v9x0q2ab",
    ];
}

/// <summary>`align keys create`: a key of the server, or with `--local` in the store itself.</summary>
internal sealed class KeysCreateCommand : Command
{
    private readonly ClientOptions _client = new();
    private readonly Option<string> _name = new("--name") { Description = "What the key is for", DefaultValueFactory = _ => "" };
    private readonly Option<Role> _role = new("--role") { Description = "read, submit, admin or operator (every project)", DefaultValueFactory = _ => Role.Submit };
    private readonly Option<string?> _lifetime = new("--lifetime") { Description = "After which it expires, as in 12h or 90d; without it, it does not", HelpName = "TIME" };
    private readonly Option<int> _rate = new("--requests-per-minute") { Description = "Calls a minute that are answered; 0: the server's limit" };
    private readonly Option<bool> _local = new("--local") { Description = "Write to the store of --data or --store, without a server: how the first key is made" };
    private readonly Option<string?> _data = new("--data") { Description = "With --local: the server's data root", HelpName = "DIR" };
    private readonly Option<string?> _store = new("--store") { Description = "With --local: the server's store", HelpName = "CONNECTION" };

    public KeysCreateCommand()
        : base("create", "Make a key; it is shown once")
    {
        foreach (Option option in (Option[])[_name, _role, _lifetime, _rate, _local, _data, _store])
        {
            Add(option);
        }

        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        TimeSpan? lifetime = result.GetValue(_lifetime) is { } text
            ? DurationText.TryParse(text, out TimeSpan parsed) && parsed > TimeSpan.Zero ? parsed : throw new CommandException(ExitCode.BadInput, $"--lifetime {text} is not a time; give one as in 12h or 90d.")
            : null;
        CreateApiKeyResponse made = result.GetValue(_local) ? await MakeLocallyAsync(result, lifetime, cancellationToken) : await AskAsync(result, lifetime, cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(made);
        }
        else
        {
            CommandOutput.Note($"{made.ApiKey.Name} ({AccessText.Role(made.ApiKey.Role)}{(made.ApiKey.ExpireTime is { } end ? $", until {end.ToDateTimeOffset():u}" : "")}). The key is not kept and cannot be shown again:");
            output.Console.WriteLine(made.Secret);
        }

        return ExitCode.Ok;
    }

    private async Task<CreateApiKeyResponse> AskAsync(ParseResult result, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        using var client = new AccessClient(_client.Connect(result));
        var request = new CreateApiKeyRequest
        {
            DisplayName = result.GetValue(_name)!,
            Role = EnumNames.ToWire<Role, Contracts.V1.Role>(result.GetValue(_role)),
            Lifetime = lifetime is { } given ? Duration.FromTimeSpan(given) : null,
            RequestsPerMinute = result.GetValue(_rate),
        };
        return await client.CallAsync(service => service.CreateApiKeyAsync(request, cancellationToken: cancellationToken));
    }

    private async Task<CreateApiKeyResponse> MakeLocallyAsync(ParseResult result, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        string? project = _client.ProjectOf(result);
        Role role = result.GetValue(_role);
        ProjectId id = ProjectId.Default;
        if (project is not null && !ProjectId.TryParse(project, out id))
        {
            throw new CommandException(ExitCode.BadInput, $"--project {project} is not a project's name; it has 1 to 40 lower-case letters, digits and '-', the first a letter.");
        }

        HostSettings settings = HostSettingCatalog.Read(
            new Dictionary<string, IReadOnlyList<string>> { [nameof(HostSettings.Data)] = Given(_data), [nameof(HostSettings.Store)] = Given(_store) }, null);
        return await LocalAccess.CreateKeyAsync(
            settings, new NewApiKey(role == Role.Operator ? null : id, result.GetValue(_name)!, role, lifetime, result.GetValue(_rate)), cancellationToken);

        IReadOnlyList<string> Given(Option<string?> option) => result.GetValue(option) is { } value ? [value] : [];
    }
}

/// <summary>`align keys list`.</summary>
internal sealed class KeysListCommand : Command
{
    private readonly ClientOptions _client = new();

    public KeysListCommand()
        : base("list", "List the project's keys, newest first")
    {
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using var client = new AccessClient(_client.Connect(result));
        ListApiKeysResponse keys = await client.CallAsync(service => service.ListApiKeysAsync(new ListApiKeysRequest(), cancellationToken: cancellationToken));
        if (output.IsJson)
        {
            CommandOutput.WriteJson(keys);
            return ExitCode.Ok;
        }

        Table table = new Table().RoundedBorder().AddColumns("key", "for", "role", "made", "used", "valid");
        foreach (ApiKey key in keys.ApiKeys)
        {
            string valid = key.RevokeTime is not null ? "revoked" : key.ExpireTime is { } end ? $"until {AccessText.Time(end)}" : "yes";
            table.AddRow([.. new[] { key.Name, key.DisplayName, AccessText.Role(key.Role), AccessText.Time(key.CreateTime), AccessText.Time(key.LastUseTime), valid }.Select(text => new SpectreText(text))]);
        }

        output.Console.Write(table);
        return ExitCode.Ok;
    }
}

/// <summary>`align keys revoke`.</summary>
internal sealed class KeysRevokeCommand : Command
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _key = new("key") { Description = "The key's name, as `align keys list` shows it", HelpName = "KEY" };

    public KeysRevokeCommand()
        : base("revoke", "Revoke a key, within five seconds")
    {
        Add(_key);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using var client = new AccessClient(_client.Connect(result));
        RevokeApiKeyResponse revoked = await client.CallAsync(
            service => service.RevokeApiKeyAsync(new RevokeApiKeyRequest { Name = result.GetValue(_key) }, cancellationToken: cancellationToken));
        if (output.IsJson)
        {
            CommandOutput.WriteJson(revoked.ApiKey);
        }
        else
        {
            output.Console.WriteLine($"{revoked.ApiKey.Name} is revoked.");
        }

        return ExitCode.Ok;
    }
}
