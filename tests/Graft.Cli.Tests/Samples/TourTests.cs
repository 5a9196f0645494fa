using System.Diagnostics;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Vision;
using Graft.Vision.Samples;

namespace Graft.Cli.Tests.Samples;

/// <summary>The examples of README.md and docs/, run in a folder with the files that they name.</summary>
public sealed class TourTests(TourTests.Place place) : IClassFixture<TourTests.Place>
{
    /// <summary>A folder with flowers, houses, sales, a trunk and another program's weights.</summary>
    public sealed class Place : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Place()
        {
            SampleFlowers.Write(folder["flowers"], new SampleFlowerOptions { ImagesPerClass = 12, Size = 64, Seed = 3 });
            File.Copy(folder["flowers", "rose", "rose-0001.jpg"], folder["rose.jpg"]);
            File.Copy(folder["flowers", "tulip", "tulip-0002.jpg"], folder["house.jpg"]);
            string[] files = [.. Directory.GetFiles(folder["flowers"], "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
            File.WriteAllLines(folder["houses.csv"], ["path,value", .. files.Select((file, i) => $"{System.IO.Path.GetRelativePath(folder.Path, file)},{100 + i}")]);
            File.WriteAllLines(folder["sales.txt"], Enumerable.Range(0, 96).Select(t => FormattableString.Invariant($"{50 + t + (10 * Math.Sin(Math.PI * t / 6)):0.0}")));
            Model.Builtin().Save(folder["trunk.graft"]);
            File.Copy(System.IO.Path.Combine(Repository.Root, "tests", "Graft.Lite.Tests", "Reading", "Fixtures", "flowers.tflite"), folder["mobilenet_v2_quant.tflite"]);
            File.Copy(System.IO.Path.Combine(Repository.Root, "tests", "Graft.Keras.Tests", "Reading", "Fixtures", "nested.keras"), folder["flowers.keras"]);
            Network network = Network.Random(Architectures.Get("mobilenetv2_035").Trunk().WithHead(7), 3);
            Safetensors.Write(folder["mobilenetv2.safetensors"], new[] { "model", "model_ema" }.SelectMany(set => network.Weights.Select(weight => KeyValuePair.Create($"{set}.{weight.Key}", weight.Value))).ToDictionary());

            // A model of the hub, as a download leaves it.
            string commit = HubServer.Commit(0x1234567), snapshot = folder["models", "models--timm--mobilenetv2_050.lamb_in1k", "snapshots", commit];
            folder.Write("models/models--timm--mobilenetv2_050.lamb_in1k/refs/main", System.Text.Encoding.ASCII.GetBytes(commit));
            folder.Write(System.IO.Path.Combine(snapshot, "config.json"), """{"architecture": "mobilenetv2_050", "num_classes": 7, "pretrained_cfg": {"input_size": [3, 192, 192]}}"""u8);
            Safetensors.Write(System.IO.Path.Combine(snapshot, "model.safetensors"), Network.Random(Architectures.Get("mobilenetv2_050").Trunk().WithHead(7), 4).Weights);
            using ImageClassifier classifier = ImageClassifier.Train(folder["flowers"], new ImageTrainingOptions { Mode = ImageTrainingMode.Readout });
            classifier.Save(folder["flowers.graft"]);
        }

        public string Path => folder.Path;

        public void Dispose() => folder.Dispose();
    }

    [Theory]
    [InlineData("train", @"^top-1 [\d.]+ % of 10 held-out images, learned from 50(; the readout was kept, for fine-tuning was no better)?\r?\nrose \(\d+\s?%\)\s*$")]
    [InlineData("classify", @"^rose \(\d+\s?%\)\s*$")]
    [InlineData("embed", @"^(flowers.tulip.tulip-\d+\.jpg: 0\.\d{3}\s+){12}$")]
    [InlineData("list", @"^R2 -?[\d.]+ on 10 held-out images, learned from 50(; the readout was kept, for fine-tuning was no better)?\r?\n\d+, from -?\d+ to \d+\s*$")]
    [InlineData("memory", @"^top-1 [\d.]+ % of 10 held-out images, learned from 50\s*$")]
    [InlineData("options", @"^$")]
    [InlineData("series", @"^([\d.]+, from [\d.]+ to [\d.]+\s+){12}$")]
    [InlineData("reservoir", @"^$")]
    [InlineData("adapt", @"^Norms and features adapted to 60 images, another class for \d+\s?%\s*$")]
    [InlineData("prune", @"^top-1 [\d.]+ % of 10 held-out images, [\d.]+ % before; 4\d\.\d of 58\.\d million multiply-adds\s*$")]
    [InlineData("quantize", @"^quantized on \d+ images, agreement [\d.]+\s?%\s*$")]
    [InlineData("network", @"^810 parameters, 479392 multiply-adds, the most of them in conv1\r?\nfeatures \[1, 16\], 20 probabilities of two images\r?\nmobilenetv1_025: \d+ parameters\r?\nmobilenetv2_050_ibn_a: \d+ parameters\r?\nmobilenetv3_small_100: \d+ parameters\r?\nmobilenetv4_conv_medium: \d+ parameters\r?\nefficientnet_lite0: \d+ parameters\r?\nresnet18_ibn_a: \d+ parameters\r?\nmobilenetv2_035: \d+ parameters\s*$")]
    [InlineData("learning", @"^loss 0\.[45]\d, then 0\.[12]\d\r?\nacross, down\s*$")]
    [InlineData("surgery", @"^52 normalizations of 'mobilenetv2_035' are now group norm 8: .* must be trained again\.\r?\n150 nodes, 98 when folded\r?\n51 nodes below blocks\.2\.2\.add, 99 above\r?\nlogits \[1, 5\]\s*$")]
    [InlineData("readouts", @"^ridge, penalty [\d.]+: top-1 \d+\s?% of images that it did not learn from\r?\nlogistic, \d+ steps: rose\r?\nR2 1\.000, off by 0\.000\r?\n5\.0 -2\.0 1\.0\r?\n3\.50\r?\n3\.50\s*$")]
    [InlineData("export", @"^\s*$")]
    [InlineData("import", @"^262 weights, 0 without a place, 0 missing\r?\nof Graft [\d.]+: 154 nodes, of which 150 were kept\r?\n(.+\r?\n)+The weights of 7 layers of 8 bits are float32 here, and values are not rounded\.\r?\nof Keras 3\.16\.0: 8 weights\s*$")]
    [InlineData("hub", @"^mobilenetv2_050 at 192, version 0000000\r?\n$")]
    [InlineData("trunks", @"^((a reservoir|overdriven|overdriven, adapted|two layers|delayed inputs|both): 0\.\d{3}\s+){6}right for \d+\.\d Lyapunov times\s*$")]
    [InlineData("sequences", @"^(7|8)\d of 80 right\s+row 300: [\d.]+ times the usual error, an anomaly\s*$")]
    [InlineData("online", @"^alone: 0\.\d{4}\s+two patterns take \d+\s?% of the memory, and \d+\s?% are free\s*$")]
    [InlineData("search", @"^(\w+ \S+ explains \d+\s?%\s+){6}error 0\.\d{4}\s+\d+ delays: 0\.\d{3}\s*$")]
    [InlineData("check", @"^60 images: \d+ copies, \d+ labels worth a look, \d+ blurred\s+(\S+ is rather \w+ \(\d+\s?%\)\s+)*\d+ are left\s*$")]
    [InlineData("explain", @"^$")]
    [InlineData("report", @"^$")]
    [InlineData("record", @"^[\d-]+-narma: Finished, r2 0\.\d\d after 3 epochs\s*$")]
    public async Task ExamplesRun(string example, string output)
    {
        string assembly = Path.Combine(Repository.Root, "samples", "Tour", "bin", Repository.Configuration, "net10.0", "Tour.dll");
        ProcessStartInfo start = new("dotnet", [assembly, example]) { WorkingDirectory = place.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HF_HUB_OFFLINE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> told = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await told);
        Assert.Matches(output, said);
    }
}
