using System.CommandLine;
using AlignService.Cli.Output;
using AlignService.Cli.Schemas;

namespace AlignService.Cli.Commands;

/// <summary>`align schema`: the JSON schema of a job file.</summary>
internal sealed class SchemaCommand : Command, IExplainedCommand
{
    private readonly Option<bool> _json = new("--json") { Description = "The schema is JSON anyhow; accepted for uniformity" };

    public SchemaCommand()
        : base("schema", "Print the JSON schema of a job file, for editors")
    {
        Add(_json);
        this.Run(_json, (_, _, _) =>
        {
            Console.Out.Write(JobSchema.Generate());
            return Task.FromResult(ExitCode.Ok);
        });
    }

    public IReadOnlyList<string> Examples => ["align schema > schema/job.schema.json"];
}
