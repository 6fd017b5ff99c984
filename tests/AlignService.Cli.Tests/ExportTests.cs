using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>`align export`, and the names of models on this machine's disk that it shares with `sample` and `model inspect`.</summary>
public sealed class ExportTests
{
    private static readonly string[] NativeLibraries = ["libtorch", "libLibTorchSharp", "libc10"];

    [Fact]
    public async Task A_jobs_best_checkpoint_is_exported_sampled_and_inspected_by_its_name()
    {
        using var folder = new TemporaryFolder();
        string data = DataRoot(folder, ("step-000100", 0.9), ("step-000200", 0.3));
        string target = Path.Combine(folder.Path, "out.gguf"), directory = Path.Combine(folder.Path, "clean");

        var gguf = (await AlignProgram.RunAsync("export", "jobs/story-job/checkpoints/best", "--data", data, "--out", target, "--type", "f32", "--json")).Exits(0).Json;
        Assert.Equal("gguf", (string?)gguf["format"]);
        Assert.Equal(new FileInfo(target).Length, (long)gguf["bytes"]!);
        Assert.EndsWith("step-000100", (string?)gguf["base"], StringComparison.Ordinal);
        Assert.Equal("out", GgufReader.Read(target).Metadata["general.name"]);

        var input = new ProgramInput { Environment = new Dictionary<string, string> { ["ALIGN_DATA"] = data } };
        (await AlignProgram.RunAsync(input, "export", "jobs/story-job/checkpoints/200", "--out", directory, "--dtype", "float16")).Exits(0);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(directory), file => Path.GetFileName(file) is "checkpoint.json" or "manifest.json" or "trainer");
        Assert.Equal("language_model", (string?)(await AlignProgram.RunAsync("model", "inspect", directory, "--json")).Exits(0).Json["kind"]);

        string[] question = ["--raw", "--prompt", "Once upon a time", "--temperature", "0", "--max-tokens", "8", "--json"];
        var named = (await AlignProgram.RunAsync(["sample", "--model", "jobs/story-job/checkpoints/last", "--data", data, .. question])).Exits(0).Json;
        var direct = (await AlignProgram.RunAsync(["sample", "--model", SharedModels.Stories260K(), .. question])).Exits(0).Json;
        Assert.Equal((string?)direct["text"], (string?)named["text"]);
        Assert.Equal("llama", (string?)(await AlignProgram.RunAsync("model", "inspect", "jobs/story-job/checkpoints/step-000200", "--data", data, "--json")).Exits(0).Json["family"]);
    }

    [Theory]
    [InlineData(4, "There is no jobs/other-job below the data root", "jobs/other-job/checkpoints/best")]
    [InlineData(2, "jobs/story-job/checkpoints/step-000007 does not exist", "jobs/story-job/checkpoints/7")]
    [InlineData(2, "names no checkpoint", "jobs/story-job/checkpoints/worst")]
    [InlineData(2, "nowhere is not a directory", "nowhere")]
    public async Task What_is_not_there_is_named(int exitCode, string message, string model)
    {
        using var folder = new TemporaryFolder();
        string data = DataRoot(folder, ("step-000100", 0.9));
        var result = (await AlignProgram.RunAsync("export", model, "--data", data, "--out", Path.Combine(folder.Path, "out"))).Exits(exitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(Path.Combine(folder.Path, "out")));
    }

    [Theory]
    [InlineData("--dtype float16 is for --format hf", "--out", "a.gguf", "--dtype", "float16")]
    [InlineData("--type q8_0 is for --format gguf", "--out", "a", "--type", "q8_0")]
    [InlineData("--base b is for adapters", "--out", "a", "--base", "b")]
    [InlineData("'q4_0' not recognized", "--out", "a.gguf", "--type", "q4_0")]
    public async Task Options_that_do_not_fit_exit_2(string message, params string[] arguments) =>
        Assert.Contains(message, (await AlignProgram.RunAsync(["export", SharedModels.Stories260K(), .. arguments])).Exits(2).Error, StringComparison.Ordinal);

    [Fact]
    public async Task A_directory_gets_a_gguf_file_of_its_name_and_an_adapter_is_merged()
    {
        using var folder = new TemporaryFolder();
        string target = Path.Combine(folder.Path, "tuned");
        var result = (await AlignProgram.RunAsync("export", GoldenFolder.CaseFolder("adapters", "llama-gqa-qv"), "--format", "gguf", "--type", "q8_0", "--out", target)).Exits(0);

        Assert.Equal("tuned-q8_0.gguf", Path.GetFileName(Assert.Single(Directory.GetFiles(target))));
        Assert.Contains("no vocabulary", result.Error, StringComparison.Ordinal);
        Assert.Contains("already exists", (await AlignProgram.RunAsync("export", SharedModels.Stories260K(), "--out", target)).Exits(2).Error, StringComparison.Ordinal);
    }

    /// <summary>A limit on the size of files fails a write as a full disk does, in the middle of the file.</summary>
    [Theory]
    [InlineData("out.gguf")]
    [InlineData("out")]
    public async Task A_full_disk_leaves_nothing(string name)
    {
        using var folder = new TemporaryFolder();
        string target = Path.Combine(folder.Path, name);
        var start = new System.Diagnostics.ProcessStartInfo("bash", ["-c", "ulimit -f 300; trap '' XFSZ; exec \"$@\"", "bash", AlignProgram.Path, "export", SharedModels.Stories260K(), "--out", target])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // it maps a file that is larger than the limit
        using var process = System.Diagnostics.Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, process.ExitCode);
        Assert.Contains("cannot be written: a file is larger than the file system", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    /// <summary>A file system of 200 KiB, in a namespace of the process's own.</summary>
    [Theory]
    [InlineData("out.gguf")]
    [InlineData("new/out")]
    public async Task A_full_file_system_leaves_nothing(string name)
    {
        using var folder = new TemporaryFolder();
        const string script = "mount -t tmpfs -o size=200k none \"$1\" && cd \"$1\" && { \"${@:2}\"; code=$?; echo \"left: $(ls)\"; exit $code; }";
        var start = new System.Diagnostics.ProcessStartInfo("unshare", ["--user", "--map-root-user", "--mount", "bash", "-c", script, "bash", folder.Path, AlignProgram.Path, "export", SharedModels.Stories260K(), "--out", name])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken), output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(error.Contains("unshare", StringComparison.Ordinal) || error.Contains("mount:", StringComparison.Ordinal), "namespaces are not allowed here");

        Assert.Equal(2, process.ExitCode);
        Assert.Contains("No space left", error, StringComparison.Ordinal);
        Assert.Equal("left: \n", output);
    }

    [Fact]
    public async Task Memory_stays_small_and_nothing_native_is_loaded()
    {
        using var folder = new TemporaryFolder();
        var input = new ProgramInput
        {
            Environment = new Dictionary<string, string>
            {
                ["DOTNET_GCHeapHardLimit"] = "0x6000000", // 96 MiB for a model of 269 MB: rows are streamed, the tokenizer is not
                ["LD_DEBUG"] = "files",
                ["LD_DEBUG_OUTPUT"] = Path.Combine(folder.Path, "linker"),
            },
        };

        (await AlignProgram.RunAsync(input, "export", SharedModels.SmolLm2(), "--out", Path.Combine(folder.Path, "out.gguf"))).Exits(0);

        string[] lines = [.. Directory.GetFiles(folder.Path, "linker*").SelectMany(File.ReadLines).Where(line => line.Contains("calling init", StringComparison.Ordinal))];
        Assert.Contains(lines, line => line.Contains("libcoreclr", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => NativeLibraries.Any(library => line.Contains(library, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Damage_is_noticed_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        string data = DataRoot(folder, ("step-000100", 0.9));
        string weights = Path.Combine(data, "jobs", "story-job", "checkpoints", "step-000100", "model.safetensors");
        var written = new JsonObject { ["model.safetensors"] = new JsonObject { ["size"] = new FileInfo(weights).Length, ["crc32c"] = "00000000" } };
        await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(weights)!, "manifest.json"), new JsonObject { ["files"] = written }.ToJsonString(), TestContext.Current.CancellationToken);

        foreach (string model in new[] { "jobs/story-job/checkpoints/best", Path.GetDirectoryName(weights)! })
        {
            var result = (await AlignProgram.RunAsync("export", model, "--data", data, "--out", Path.Combine(folder.Path, "out.gguf"))).Exits(2);
            Assert.Contains("damaged", result.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>The commands of docs/export.md, as printed.</summary>
    [Fact]
    public async Task The_commands_of_the_document_work()
    {
        using var folder = new TemporaryFolder();
        DataRoot(folder, ("step-000100", 0.9), ("step-000200", 0.3));
        string[] commands = [.. (await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "export.md"), TestContext.Current.CancellationToken))
            .Where(line => line.StartsWith("    align ", StringComparison.Ordinal)).Select(line => line.Trim().Split("  #")[0])];
        Assert.InRange(commands.Length, 4, 20);
        foreach (string command in commands)
        {
            string[] arguments = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(argument => argument == "jobs/a1b2c3d4/checkpoints/best" ? "jobs/story-job/checkpoints/best" : argument)];
            (await AlignProgram.RunAsync(new ProgramInput { Folder = folder.Path }, arguments)).Exits(0);
        }

        Assert.Equal(["tuned", "tuned-f32.gguf", "tuned.gguf"], Directory.GetFileSystemEntries(Path.Combine(folder.Path, "models")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>A data root with one job, whose checkpoints are the story model, as a worker writes them.</summary>
    private static string DataRoot(TemporaryFolder folder, params (string Name, double Score)[] checkpoints)
    {
        string data = Path.Combine(folder.Path, "data");
        foreach ((string name, double score) in checkpoints)
        {
            string directory = Path.Combine(data, "jobs", "story-job", "checkpoints", name);
            Directory.CreateDirectory(directory);
            foreach (string file in Directory.GetFiles(SharedModels.Stories260K()))
            {
                File.WriteAllBytes(Path.Combine(directory, Path.GetFileName(file)), File.ReadAllBytes(file));
            }

            Directory.CreateDirectory(Path.Combine(directory, "trainer"));
            File.WriteAllText(Path.Combine(directory, "trainer", "state.json"), "{}");
            File.WriteAllText(Path.Combine(directory, "manifest.json"), """{"files":{}}""");
            var note = new JsonObject { ["step"] = int.Parse(name["step-".Length..], System.Globalization.CultureInfo.InvariantCulture), ["create_time"] = "2026-01-01T00:00:00Z", ["score"] = score, ["has_manifest"] = true };
            File.WriteAllText(Path.Combine(directory, "checkpoint.json"), note.ToJsonString());
        }

        return data;
    }
}
