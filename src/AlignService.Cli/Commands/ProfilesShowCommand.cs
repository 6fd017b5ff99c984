using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Cli.Profiles;
using AlignService.Specs;

namespace AlignService.Cli.Commands;

/// <summary>`align profiles show`: every value of a profile, as a job file would hold it.</summary>
internal sealed class ProfilesShowCommand : Command, IExplainedCommand
{
    private static readonly string[] Filled = ["algorithm", "sampling", "optimizer", "critic"];

    private readonly Argument<string> _profile = ProfileName.Argument("profile");
    private readonly Option<bool> _json = new("--json") { Description = "The profile as one JSON document" };

    public ProfilesShowCommand()
        : base("show", "Print every value of a profile as job-file YAML, with its sources")
    {
        Add(_profile);
        Add(_json);
        this.Run(_json, Run);
    }

    public IReadOnlyList<string> Examples => ["align profiles show dr_grpo", "align profiles show gspo --json | jq .settings.algorithm.clip_high"];

    public static JsonNode ToJson(ProfileEntry profile) => new JsonObject
    {
        ["name"] = profile.Name,
        ["title"] = profile.Title,
        ["sources"] = new JsonArray([.. profile.Sources.Select(source => (JsonNode)source)]),
        ["settings"] = Settings(profile),
    };

    /// <summary>Without the fields that no profile sets.</summary>
    private static JsonObject Settings(ProfileEntry profile)
    {
        JsonObject all = CommandOutput.ToJson(profile.Settings).AsObject();
        return new(Filled.Where(name => all[name] is not null).Select(name => KeyValuePair.Create(name, all[name]?.DeepClone())));
    }

    private Task<ExitCode> Run(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        ProfileEntry profile = ProfileName.Find(result.GetRequiredValue(_profile));
        if (output.IsJson)
        {
            CommandOutput.WriteJson(ToJson(profile));
        }
        else
        {
            Console.Out.WriteLine($"# {profile.Name}: {profile.Title} ({string.Join(", ", profile.Sources)}). Where a field can be off, 0 turns it off.");
            Console.Out.Write(SpecText.Format(new Contracts.V1.JobSpec { Grpo = profile.Settings }));
        }

        return Task.FromResult(ExitCode.Ok);
    }
}
