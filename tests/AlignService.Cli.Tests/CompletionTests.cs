using System.Diagnostics;
using Xunit;

namespace AlignService.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("align ", "watch", "submit")]
    [InlineData("align wat", "watch")]
    [InlineData("align list --st", "--state")]
    [InlineData("align list --state ", "running", "cancelled")]
    [InlineData("align completion ", "bash", "zsh", "fish")]
    public async Task The_program_suggests_what_can_follow(string line, params string[] expected)
    {
        var result = (await AlignProgram.RunAsync($"[suggest:{line.Length}]", line)).Exits(0);

        Assert.Subset(result.Output.Split('\n').ToHashSet(), expected.ToHashSet());
    }

    [Fact]
    public async Task Without_a_server_no_job_is_suggested_and_nothing_is_said()
    {
        const string Line = "align watch --server 127.0.0.1:1 ";

        var result = (await AlignProgram.RunAsync($"[suggest:{Line.Length}]", Line)).Exits(0);

        Assert.Empty(result.Error);
        Assert.DoesNotContain("jobs/", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "complete -F")]
    [InlineData("zsh", "#compdef align")]
    [InlineData("fish", "complete -c align")]
    public async Task Each_shell_has_a_script(string shell, string mark)
    {
        Assert.Contains(mark, (await AlignProgram.RunAsync("completion", shell)).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains(mark, (string)(await AlignProgram.RunAsync("completion", shell, "--json")).Exits(0).Json["script"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bash_completes_a_command_with_the_script()
    {
        string script = (await AlignProgram.RunAsync("completion", "bash")).Exits(0).Output;
        string session = $"{script}\nCOMP_LINE='align wat' COMP_POINT=9 COMP_WORDS=('{AlignProgram.Path}' wat) COMP_CWORD=1\n_align_complete\necho \"${{COMPREPLY[@]}}\"\n";
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", session]) { RedirectStandardOutput = true })!;

        string output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal("watch", output.Trim());
    }
}
