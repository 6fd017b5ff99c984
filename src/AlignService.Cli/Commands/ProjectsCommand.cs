using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align projects`: what keeps teams apart.</summary>
internal sealed class ProjectsCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Option<string?> _create = new("--create") { Description = "Make a project of this name first (for operators)", HelpName = "NAME" };

    public ProjectsCommand()
        : base("projects", "List the projects that the caller may see")
    {
        Add(_create);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align projects", "align projects --create vision"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using var client = new AccessClient(_client.Connect(result));
        if (result.GetValue(_create) is { } name)
        {
            await client.CallAsync(service => service.CreateProjectAsync(new CreateProjectRequest { ProjectId = name }, cancellationToken: cancellationToken));
        }

        ListProjectsResponse projects = await client.CallAsync(service => service.ListProjectsAsync(new ListProjectsRequest(), cancellationToken: cancellationToken));
        if (output.IsJson)
        {
            CommandOutput.WriteJson(projects);
            return ExitCode.Ok;
        }

        foreach (Project project in projects.Projects)
        {
            output.Console.WriteLine(project.Name);
        }

        return ExitCode.Ok;
    }
}
