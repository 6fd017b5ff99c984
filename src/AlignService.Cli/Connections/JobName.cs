using System.CommandLine;
using AlignService.Cli.Output;

namespace AlignService.Cli.Connections;

/// <summary>The argument that names a job: jobs/ID, or just ID.</summary>
internal static class JobName
{
    private const string Key = "job";
    private const string Collection = "jobs/";
    private static readonly TimeSpan CompletionPatience = TimeSpan.FromSeconds(5);

    public static Argument<string> Argument(ClientOptions client)
    {
        var argument = new Argument<string>(Key) { Description = "The job: jobs/ID, or ID for short", HelpName = "JOB" };
        argument.CompletionSources.Add(context =>
        {
            if (context.ParseResult.CommandResult.Command.Arguments.All(argument => argument.Name != Key))
            {
                return [];
            }

            using var jobs = client.Connect(context.ParseResult);
            return jobs.ListNames(CompletionPatience).Select(name => context.WordToComplete.StartsWith(Collection, StringComparison.Ordinal) ? name : name[Collection.Length..]);
        });
        return argument;
    }

    /// <summary>The ID alone.</summary>
    public static string ParseId(string text) => Parse(text)[Collection.Length..];

    /// <summary>The resource name.</summary>
    public static string Parse(string text)
    {
        string name = text.StartsWith(Collection, StringComparison.Ordinal) ? text : Collection + text;
        if (name.Length == Collection.Length || name.IndexOf('/', Collection.Length) >= 0)
        {
            throw new CommandException(ExitCode.BadInput, $"\"{text}\" is not a job name; give jobs/ID or ID, as shown by `align list`.");
        }

        return name;
    }
}
