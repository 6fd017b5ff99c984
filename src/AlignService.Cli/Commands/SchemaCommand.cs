using System.CommandLine;
using AlignService.Cli.Output;
using AlignService.Cli.Schemas;

namespace AlignService.Cli.Commands;

/// <summary>`align schema`: the JSON schema of a job file.</summary>
internal sealed class SchemaCommand : Command, IExplainedCommand
{
    private readonly Option<bool> _json = new("--json") { Description = "Accepted for consistency; the schema is always JSON" };

    private readonly Option<bool> _markdown = new("--markdown") { Description = "Print the settings as Markdown tables instead" };

    public SchemaCommand()
        : base("schema", "Print the JSON schema of a job file, for editors")
    {
        Add(_json);
        Add(_markdown);
        this.Run(_json, (result, _, _) =>
        {
            Console.Out.Write(result.GetValue(_markdown) ? SettingsDocument.Generate() : JobSchema.Generate());
            return Task.FromResult(ExitCode.Ok);
        });
    }

    public IReadOnlyList<string> Examples => ["align schema > job.schema.json", "align schema --markdown > docs/settings.md"];
}
