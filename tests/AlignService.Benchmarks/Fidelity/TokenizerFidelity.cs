using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Testing;
using Microsoft.ML.Tokenizers;
using Tokenizer = AlignService.Text.Tokenization.Tokenizer;

namespace AlignService.Benchmarks.Fidelity;

/// <summary>Golden strings, and one cold pass over the text of gsm8k/train.jsonl on one core, by our tokenizer and by Microsoft.ML.Tokenizers.</summary>
internal static class TokenizerFidelity
{
    public const string PassCommand = "fidelity-pass";

    public static void RunGolden()
    {
        foreach (string name in GoldenFolder.Cases("tokenizers"))
        {
            string folder = GoldenFolder.CaseFolder("tokenizers", name);
            string source = File.Exists(Path.Combine(folder, "tokenizer.json")) ? folder : GoldenFolder.Source(folder);
            Tokenizer ours = Tokenizer.Load(source);
            BpeTokenizer? theirs = ReferenceTokenizer.TryCreate(source);
            (int encodings, int decodings, int ourEncodings, int ourDecodings, int theirEncodings) = (0, 0, 0, 0, 0);
            foreach (string line in File.ReadLines(Path.Combine(folder, "golden.jsonl")))
            {
                GoldenJson golden = GoldenJson.Parse(line, name);
                if (golden.Has("decoded"))
                {
                    decodings++;
                    ourDecodings += ours.Decode(golden.Ints("ids"), skipSpecialTokens: true) == golden.Text("decoded") ? 1 : 0;
                }

                if (golden.Has("text") && golden.Has("ids_no_special"))
                {
                    encodings++;
                    int[] expected = golden.Ints("ids_no_special");
                    ourEncodings += ours.Encode(golden.Text("text"), addSpecialTokens: false).SequenceEqual(expected) ? 1 : 0;
                    theirEncodings += theirs is not null && SameIds(theirs, golden.Text("text"), expected) ? 1 : 0;
                }
            }

            FidelityLine.Write(
                "tokenizer", name, ("strings", encodings), ("ours_equal", ourEncodings), ("decodings", decodings), ("ours_decoded_equal", ourDecodings),
                ("microsoft_equal", theirs is null ? null : theirEncodings));
        }
    }

    /// <summary>Each pass in a process of its own: nothing is compiled and no word remembered.</summary>
    public static void RunSpeed(IEnumerable<string> directories)
    {
        foreach (string directory in directories)
        {
            JsonObject ours = Pass(directory, "ours")!;
            JsonObject? theirs = Pass(directory, "microsoft");
            FidelityLine.Write(
                "tokenizer_speed", Path.GetFileName(directory), ("ours_megabytes_per_second", ours["speed"]!.DeepClone()), ("ours_tokens_per_second", ours["tokens_per_second"]!.DeepClone()),
                ("microsoft_megabytes_per_second", theirs?["speed"]!.DeepClone()), ("microsoft_tokens_per_second", theirs?["tokens_per_second"]!.DeepClone()),
                ("texts", ours["texts"]!.DeepClone()), ("microsoft_texts_equal", theirs?["equal"]!.DeepClone()));
        }
    }

    public static void PassOnce(string directory, string library)
    {
        string[] texts = [.. File.ReadLines(SharedFolder.Require("data/gsm8k/train.jsonl")).Select(Text)];
        Tokenizer ours = Tokenizer.Load(directory);
        BpeTokenizer? theirs = library == "ours" ? null : ReferenceTokenizer.TryCreate(directory);
        if (library != "ours" && theirs is null)
        {
            return;
        }

        Func<string, IReadOnlyList<int>> encode = theirs is null ? text => ours.Encode(text, addSpecialTokens: false) : text => theirs.EncodeToIds(text);
        var results = new List<IReadOnlyList<int>>(texts.Length);
        double start = ProcessorTime.Seconds();
        foreach (string text in texts)
        {
            results.Add(encode(text));
        }

        double seconds = ProcessorTime.Seconds() - start;
        Console.Out.WriteLine(new JsonObject
        {
            ["speed"] = texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text)) / seconds / 1e6,
            ["tokens_per_second"] = results.Sum(ids => (long)ids.Count) / seconds,
            ["texts"] = texts.Length,
            ["equal"] = texts.Zip(results).Count(pair => ours.Encode(pair.First, addSpecialTokens: false).SequenceEqual(pair.Second)),
        }.ToJsonString());
    }

    private static bool SameIds(BpeTokenizer tokenizer, string text, int[] expected)
    {
        try
        {
            return tokenizer.EncodeToIds(text).SequenceEqual(expected);
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static JsonObject? Pass(string directory, string library)
    {
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [PassCommand, directory, library]) { RedirectStandardOutput = true })!;
        string line = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode != 0 ? throw new InvalidOperationException($"The pass of {library} over {directory} ended with exit code {child.ExitCode}.")
            : line.Length == 0 ? null : (JsonObject)JsonNode.Parse(line)!;
    }

    private static string Text(string line)
    {
        using JsonDocument problem = JsonDocument.Parse(line);
        return problem.RootElement.GetProperty("question").GetString() + "\n" + problem.RootElement.GetProperty("answer").GetString();
    }
}
