using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Graft.Cli.Tests.Samples;

/// <summary>The programs in samples/, run as they are.</summary>
public sealed partial class SampleProgramTests(Images images) : IClassFixture<Images>
{
    [Theory]
    [InlineData("Classify")]
    [InlineData("ClassifyApi")]
    [InlineData("Forecast")]
    public void IsUnderFortyLines(string sample) => Assert.InRange(File.ReadLines(Path.Combine(Repository.Root, "samples", sample, "Program.cs")).Count(), 10, 39);

    [Fact]
    public async Task TheConsoleProgramSaysWhatThePredictCommandSays()
    {
        string rose = Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0], text = Path.Combine(images.NewFolder(), "text.jpg");
        File.WriteAllText(text, "no image");
        using Process process = Start("Classify", images.Model, rose, text);
        string output = await process.StandardOutput.ReadToEndAsync(Cancel), error = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);

        Outcome expected = await Tool.Run("predict", images.Model, rose, "--json");
        string label = expected.Json.GetProperty("predictions")[0].GetProperty("label").GetString()!;
        Assert.Equal(1, process.ExitCode);
        Assert.StartsWith($"{rose}: {label} (", output);
        Assert.Equal($"{text}: not an image", error.Trim());
    }

    [Fact]
    public async Task TheWebApiClassifiesAndRefuses()
    {
        using Process process = Start("ClassifyApi", "--model", images.Model, "--urls", "http://127.0.0.1:0");
        try
        {
            using HttpClient client = new() { BaseAddress = await Address(process) };
            Assert.Equal(["daisy", "dandelion", "rose", "sunflower", "tulip"], (await client.GetFromJsonAsync<string[]>("labels", Cancel))!);

            string rose = Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0];
            HttpResponseMessage answer = await client.PostAsync("classify", new ByteArrayContent(File.ReadAllBytes(rose)), Cancel);
            JsonElement predictions = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
            Assert.Equal(5, predictions.GetArrayLength());
            Assert.Equal(1, predictions.EnumerateArray().Sum(p => p.GetProperty("probability").GetDouble()), 4);

            Assert.Equal("Healthy", await client.GetStringAsync("health", Cancel));
            HttpResponseMessage refusal = await client.PostAsync("classify", new StringContent("no image"), Cancel);
            Assert.Equal(HttpStatusCode.BadRequest, refusal.StatusCode);
            Assert.Equal("not an image", (await refusal.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("error").GetString());
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task TheWebApiDoesNotStartWithoutAModel()
    {
        string text = Path.Combine(images.NewFolder(), "text.graft");
        using Process process = Start("ClassifyApi", "--model", text, "--urls", "http://127.0.0.1:0");
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel), error = process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains($"The image classifier cannot be served: there is no file '{text}'.", await error);
        Assert.DoesNotMatch(Listening(), await output);
    }

    [Fact]
    public async Task TheForecastStaysNearTheTruth()
    {
        using Process process = Start("Forecast", "84");
        string[] lines = (await process.StandardOutput.ReadToEndAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync(Cancel);
        Assert.Equal((0, 85), (process.ExitCode, lines.Length));
        Assert.All(lines[1..], line =>
        {
            double[] numbers = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
            Assert.Equal(numbers[1], numbers[2], 0.01);
        });
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Process Start(string sample, params string[] arguments)
    {
        string assembly = Path.Combine(Repository.Root, "samples", sample, "bin", Repository.Configuration, "net10.0", $"{sample}.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [assembly, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <summary>The server's address, from the line in which it says so.</summary>
    private static async Task<Uri> Address(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync(Cancel) is { } line)
        {
            Match match = Listening().Match(line);
            if (match.Success) return new Uri(match.Value);
        }

        throw new InvalidOperationException($"The server stopped: {await process.StandardError.ReadToEndAsync(Cancel)}");
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Listening();
}
