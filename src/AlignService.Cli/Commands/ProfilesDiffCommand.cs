using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Cli.Profiles;
using AlignService.Specs;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align profiles diff`: the fields that differ between two profiles.</summary>
internal sealed class ProfilesDiffCommand : Command, IExplainedCommand
{
    private readonly Argument<string> _first = ProfileName.Argument("first");
    private readonly Argument<string> _second = ProfileName.Argument("second");
    private readonly Option<bool> _json = new("--json") { Description = "The differences as one JSON document" };

    public ProfilesDiffCommand()
        : base("diff", "Print the fields that differ between two profiles")
    {
        Add(_first);
        Add(_second);
        Add(_json);
        this.Run(_json, Run);
    }

    public IReadOnlyList<string> Examples => ["align profiles diff trl grpo", "align profiles diff dapo dr_grpo --json"];

    private Task<ExitCode> Run(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        ProfileEntry first = ProfileName.Find(result.GetRequiredValue(_first)), second = ProfileName.Find(result.GetRequiredValue(_second));
        List<(string Field, string? First, string? Second)> differences = [.. Compare(first, second)];
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject
            {
                ["profiles"] = new JsonArray(first.Name, second.Name),
                ["differences"] = new JsonArray([.. differences.Select(pair => new JsonObject { ["field"] = pair.Field, [first.Name] = pair.First, [second.Name] = pair.Second })]),
            });
        }
        else if (differences.Count == 0)
        {
            output.Console.WriteLine($"{first.Name} and {second.Name} have the same values.");
        }
        else
        {
            var table = new Table().RoundedBorder().AddColumns("field", Markup.Escape(first.Name), Markup.Escape(second.Name));
            differences.ForEach(pair => table.AddRow(new SpectreText(pair.Field), new SpectreText(pair.First ?? "not set"), new SpectreText(pair.Second ?? "not set")));
            output.Console.Write(table);
        }

        return Task.FromResult(ExitCode.Ok);
    }

    private static IEnumerable<(string Field, string? First, string? Second)> Compare(ProfileEntry first, ProfileEntry second)
    {
        var one = SettingValues.Of(first.Settings);
        var other = SettingValues.Of(second.Settings);
        return one.Keys.Union(other.Keys)
            .Where(field => field != "algorithm.profile")
            .Select(field => (field, one.GetValueOrDefault(field), other.GetValueOrDefault(field)))
            .Where(pair => pair.Item2 != pair.Item3);
    }
}
