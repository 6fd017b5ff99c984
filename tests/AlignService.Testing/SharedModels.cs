using System.IO.Compression;

namespace AlignService.Testing;

/// <summary>Real models of the shared folder, ready to load.</summary>
public static class SharedModels
{
    private const string SmolLm2Name = "SmolLM2-135M-Instruct";

    /// <summary>A tiny story model, Llama family, float32.</summary>
    public static string Stories260K() => SharedFolder.Require(Path.Combine("models", "stories260K-hf"));

    /// <summary>
    /// SmolLM2-135M-Instruct (a re-quantised copy), its weights unpacked into the checkout's .cache folder by the first test process that asks; others wait for it.
    /// </summary>
    public static string SmolLm2()
    {
        string source = SharedFolder.Require(Path.Combine("models", SmolLm2Name));
        string target = Path.Combine(Repository.Root, ".cache", "models", SmolLm2Name);
        string lockName = "align-unpack-" + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(target)))[..16];
        using var mutex = new Mutex(false, lockName);
        try
        {
            mutex.WaitOne();
        }
        catch (AbandonedMutexException)
        {
            // A test process died while unpacking; what it left has no final name.
        }

        try
        {
            if (!Directory.Exists(target))
            {
                Unpack(source, target);
            }

            return target;
        }
        finally
        {
            mutex.ReleaseMutex();
        }
    }

    private static void Unpack(string source, string target)
    {
        const string Packed = ".gz";
        string partial = target + ".partial";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        foreach (string file in Directory.GetFiles(source))
        {
            string name = Path.GetFileName(file);
            if (!name.EndsWith(Packed, StringComparison.Ordinal))
            {
                File.WriteAllBytes(Path.Combine(partial, name), File.ReadAllBytes(file));
                continue;
            }

            using FileStream packed = File.OpenRead(file);
            using var unpacking = new GZipStream(packed, CompressionMode.Decompress);
            using FileStream unpacked = File.Create(Path.Combine(partial, name[..^Packed.Length]));
            unpacking.CopyTo(unpacked);
        }

        Directory.Move(partial, target);
    }
}
