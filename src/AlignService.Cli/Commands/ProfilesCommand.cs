using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Cli.Profiles;
using AlignService.Specs;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align profiles`: the named profiles with their differences and the sources of their values.</summary>
internal sealed class ProfilesCommand : Command, IExplainedCommand
{
    private readonly Option<bool> _json = new("--json") { Description = "Every value of every profile as one JSON document" };

    public ProfilesCommand()
        : base("profiles", "List the named profiles with their values and sources; a job names one and overrides what it wants")
    {
        Add(new ProfilesShowCommand());
        Add(new ProfilesDiffCommand());
        Add(_json);
        this.Run(_json, Run);
    }

    public IReadOnlyList<string> Examples => ["align profiles", "align profiles show dapo", "align profiles diff trl grpo"];

    private Task<ExitCode> Run(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject { ["profiles"] = new JsonArray([.. ProfileCatalog.All.Select(ProfilesShowCommand.ToJson)]) });
            return Task.FromResult(ExitCode.Ok);
        }

        foreach (ProfileEntry profile in ProfileCatalog.All)
        {
            output.Console.Write(Describe(profile));
        }

        output.Console.WriteLine("All values of a profile: align profiles show NAME. Differences between two: align profiles diff NAME NAME.");
        return Task.FromResult(ExitCode.Ok);
    }

    private static Rows Describe(ProfileEntry profile)
    {
        var values = SettingValues.Of(profile.Settings);
        string Value(string field) => values[$"algorithm.{field}"];
        string kl = Value("kl_coefficient") == "0" ? "KL off" : $"KL {Value("kl_coefficient")} {Value("kl_estimator")} in the {Value("kl_placement")}";
        return new Rows(
            new Markup($"[bold]{Markup.Escape(profile.Name)}[/]  {Markup.Escape(profile.Title)} [grey]({Markup.Escape(string.Join(", ", profile.Sources))})[/]"),
            new SpectreText($"  advantage {Value("advantage")}, objective {Value("objective")}, ratio per {Value("ratio_level")}, aggregation {Value("aggregation")}, clip {Value("clip_low")}/{Value("clip_high")}, {kl},"),
            new SpectreText($"  {Value("group_size")} completions per prompt, {Value("epochs")} x {Value("minibatches")} epochs x minibatches, learning rate {values["optimizer.learning_rate"]} {values["optimizer.schedule"]}{Extras(values)}"),
            SpectreText.Empty);
    }

    /// <summary>Settings that only some profiles turn on.</summary>
    private static string Extras(IReadOnlyDictionary<string, string> values)
    {
        (string Field, string Off)[] extras = [("dynamic_sampling", "false"), ("soft_overlong_cache", "0"), ("cispo_absolute_max", "0"), ("sampler_correction", "off"), ("kl_stop", "0")];
        return string.Concat(extras.Where(extra => values[$"algorithm.{extra.Field}"] != extra.Off).Select(extra => $", {extra.Field} {values[$"algorithm.{extra.Field}"]}"));
    }
}
