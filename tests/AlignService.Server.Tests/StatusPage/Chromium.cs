using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Testing;

namespace AlignService.Server.Tests.StatusPage;

/// <summary>A real browser without a window, spoken to through its own DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly Process _process;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _socket;
    private int _lastId;
    private int _loadedPages;

    private Chromium(Process process, DirectoryInfo profile, ClientWebSocket socket)
    {
        _process = process;
        _profile = profile;
        _socket = socket;
    }

    /// <summary>What pages wrote to the console as errors, and exceptions that nobody caught.</summary>
    public List<string> Errors { get; } = [];

    public static async Task<Chromium> StartAsync(CancellationToken cancellationToken)
    {
        if (Programs.FirstOrDefault(File.Exists) is not { } program)
        {
            Requirement.Missing("chromium", $"none of {string.Join(", ", Programs)} is installed (Debian's package is chromium).");
            throw new InvalidOperationException("Requirement.Missing returned.");
        }

        DirectoryInfo profile = Directory.CreateTempSubdirectory("align-chromium-");
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string flag in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--window-size=1280,1400", $"--user-data-dir={profile.FullName}", "about:blank",
        })
        {
            start.ArgumentList.Add(flag);
        }

        Process process = Process.Start(start)!;
        Uri page = await FindPageAsync(process, cancellationToken);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(page, cancellationToken);
        var chromium = new Chromium(process, profile, socket);
        await chromium.SendAsync("Runtime.enable", [], cancellationToken);
        await chromium.SendAsync("Log.enable", [], cancellationToken);
        await chromium.SendAsync("Page.enable", [], cancellationToken);
        return chromium;
    }

    /// <summary>Opens a page and waits until it is loaded: a script that is asked earlier can be lost with the document before it.</summary>
    public async Task GoAsync(string address, CancellationToken cancellationToken)
    {
        int before = _loadedPages;
        await SendAsync("Page.navigate", new JsonObject { ["url"] = address }, cancellationToken);
        while (_loadedPages == before)
        {
            Note(await ReceiveAsync(cancellationToken));
        }
    }

    /// <summary>The value of a script, awaited where it is a promise.</summary>
    public async Task<JsonNode?> EvaluateAsync(string script, CancellationToken cancellationToken)
    {
        JsonNode result = await SendAsync(
            "Runtime.evaluate", new JsonObject { ["expression"] = script, ["awaitPromise"] = true, ["returnByValue"] = true }, cancellationToken);
        return result["exceptionDetails"] is { } exception
            ? throw new InvalidOperationException($"{script}: {exception.ToJsonString()}")
            : result["result"]!["value"];
    }

    /// <summary>Waits, looking at every frame the page draws (or every 100 ms, where it draws none), until the script is true.</summary>
    public async Task UntilAsync(string condition, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                JsonNode? value = await EvaluateAsync($"new Promise(done => {{ const look = () => done(Boolean({condition})); requestAnimationFrame(look); setTimeout(look, 100); }})", limit.Token);
                if (value!.GetValue<bool>())
                {
                    return;
                }
            }
            catch (InvalidOperationException)
            {
                // Between two pages there is no document to ask.
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                JsonNode? text = await EvaluateAsync("document.body.innerText", cancellationToken);
                throw new TimeoutException($"Never true: {condition}. Errors: {string.Join("; ", Errors)}. The page reads: {text}");
            }
        }
    }

    public async Task ScreenshotAsync(string file, bool dark, CancellationToken cancellationToken)
    {
        var scheme = new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" };
        await SendAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(scheme) }, cancellationToken);
        JsonNode shot = await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = true }, cancellationToken);
        await File.WriteAllBytesAsync(file, Convert.FromBase64String(shot["data"]!.GetValue<string>()), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        DeleteProfile();
    }

    private static async Task<Uri> FindPageAsync(Process process, CancellationToken cancellationToken)
    {
        const string marker = "DevTools listening on ";
        while (await process.StandardError.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith(marker, StringComparison.Ordinal))
            {
                using var http = new HttpClient();
                int port = new Uri(line[marker.Length..]).Port;
                JsonNode pages = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json/list"), cancellationToken))!;
                return new Uri(pages.AsArray().First(page => page!["type"]!.GetValue<string>() == "page")!["webSocketDebuggerUrl"]!.GetValue<string>());
            }
        }

        throw new InvalidOperationException("Chromium ended before it listened.");
    }

    private async Task<JsonNode> SendAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        int id = ++_lastId;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, cancellationToken);
        while (true)
        {
            JsonNode answer = await ReceiveAsync(cancellationToken);
            if (answer["id"]?.GetValue<int>() == id)
            {
                return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer.ToJsonString()}");
            }

            Note(answer);
        }
    }

    private void Note(JsonNode notice)
    {
        if (notice["method"]?.GetValue<string>() is "Page.loadEventFired")
        {
            _loadedPages++;
        }

        if (notice["method"]?.GetValue<string>() is "Runtime.exceptionThrown"
            || (notice["method"]?.GetValue<string>() is "Log.entryAdded" && notice["params"]!["entry"]!["level"]!.GetValue<string>() == "error"))
        {
            Errors.Add(notice["params"]!.ToJsonString());
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var whole = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, cancellationToken);
            whole.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        return JsonSerializer.Deserialize<JsonNode>(whole.ToArray())!;
    }

    private void DeleteProfile()
    {
        try
        {
            _profile.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A helper process of the browser was still writing; the system's temporary folder takes care of the rest.
        }
    }
}
