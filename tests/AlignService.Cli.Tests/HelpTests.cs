using Xunit;

namespace AlignService.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Commands =>
        ["demo", "serve", "worker", "submit", "validate", "list", "show", "watch", "compare", "pause", "resume", "cancel", "sample", "chat", "score", "export", "profiles", "schema", "completion"];

    [Fact]
    public async Task The_root_help_names_every_command_and_every_exit_code()
    {
        var result = (await AlignProgram.RunAsync("--help")).Exits(0);

        foreach (string command in Commands.Select(row => row.Data).Concat(["model", "models", "datasets", "reward", "keys", "projects", "whoami", "audit", "delete"]))
        {
            Assert.Matches($@"\n  {command}\b", result.Output);
        }

        foreach (int exitCode in new[] { 0, 1, 2, 3, 4, 5, 6, 70, 130 })
        {
            Assert.Matches($@"\n  {exitCode} +\w", result.Output);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_commands_help_explains_its_options_and_gives_examples(string command)
    {
        var result = (await AlignProgram.RunAsync(command, "--help")).Exits(0);

        Assert.Contains($"align {command}", result.Output, StringComparison.Ordinal);
        Assert.Contains("--json", result.Output, StringComparison.Ordinal);
        string examples = result.Output[result.Output.IndexOf("Examples:", StringComparison.Ordinal)..];
        Assert.Contains($"align {command}", examples, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task The_model_commands_are_explained_each()
    {
        Assert.Matches(@"\n  inspect\b", (await AlignProgram.RunAsync("model", "--help")).Exits(0).Output);

        string help = (await AlignProgram.RunAsync("model", "inspect", "--help")).Exits(0).Output;

        Assert.Contains("--json", help, StringComparison.Ordinal);
        Assert.Contains("align model inspect models/", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reward", "try")]
    [InlineData("models", "push")]
    [InlineData("models", "pull")]
    [InlineData("models", "list")]
    [InlineData("models", "show")]
    [InlineData("models", "rm")]
    [InlineData("datasets", "push")]
    [InlineData("datasets", "list")]
    [InlineData("datasets", "show")]
    [InlineData("datasets", "preview")]
    [InlineData("datasets", "validate")]
    [InlineData("datasets", "rm")]
    public async Task A_command_of_what_a_server_keeps_is_explained(string group, string command)
    {
        Assert.Matches($@"\n  {command}\b", (await AlignProgram.RunAsync(group, "--help")).Exits(0).Output);

        string help = (await AlignProgram.RunAsync(group, command, "--help")).Exits(0).Output;

        Assert.Contains("--json", help, StringComparison.Ordinal);
        Assert.Contains($"align {group} {command}", help[help.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"lisst\" is not a command; did you mean list?", "lisst")]
    [InlineData("\"--jsn\" is not an option; did you mean --json?", "list", "--jsn")]
    [InlineData("\"--serve\" is not an option; did you mean --server?", "validate", "--serve", "x", "job.yaml")]
    [InlineData("--state runing is not a state; did you mean running?", "list", "--state", "runing")]
    [InlineData("--limit is 0; it must be at least 1", "list", "--limit", "0")]
    [InlineData("--after is -1; it must be at least 0", "watch", "a", "--after=-1")]
    [InlineData("\"jobs/a/b\" is not a job name", "show", "jobs/a/b")]
    [InlineData("The server address \"ftp://x\" is invalid", "list", "--server", "ftp://x")]
    [InlineData("'powershell' not recognized", "completion", "powershell")]
    [InlineData("Required argument 'JOB' missing for command", "show")]
    public async Task A_wrong_command_line_exits_2_and_says_what_was_meant(string message, params string[] arguments)
    {
        var result = (await AlignProgram.RunAsync(arguments)).Exits(2);

        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task With_json_a_wrong_command_line_is_a_document_too()
    {
        var result = (await AlignProgram.RunAsync("list", "--json", "--limt")).Exits(2);

        Assert.Equal(2, (int)result.Json["error"]!["exit_code"]!);
        Assert.Contains("did you mean --limit?", (string)result.Json["error"]!["faults"]![0]!["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("show", "a")]
    [InlineData("watch", "a")]
    [InlineData("cancel", "a")]
    [InlineData("pause", "a")]
    [InlineData("compare", "a", "b")]
    [InlineData("resume", "a")]
    public async Task Where_no_server_answers_the_exit_code_is_3_and_the_message_names_the_address(params string[] arguments)
    {
        // Port 1 on the loopback interface: reserved, and nobody listens there.
        var result = (await AlignProgram.RunAsync([.. arguments, "--server", "127.0.0.1:1", "--json"])).Exits(3);

        Assert.Contains("http://127.0.0.1:1", result.Error, StringComparison.Ordinal);
        Assert.Contains("align serve", result.Error, StringComparison.Ordinal);
        Assert.Equal("ServerUnreachable", (string)result.Json["error"]!["kind"]!);
    }

    [Fact]
    public async Task The_environment_names_the_server_where_the_option_does_not()
    {
        var input = new ProgramInput { Environment = new Dictionary<string, string> { ["ALIGN_SERVER"] = "http://127.0.0.1:2" } };

        Assert.Contains("http://127.0.0.1:2", (await AlignProgram.RunAsync(input, "list")).Exits(3).Error, StringComparison.Ordinal);
    }
}
