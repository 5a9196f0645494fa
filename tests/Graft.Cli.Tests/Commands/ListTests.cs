using System.Diagnostics;
using System.Text.Json;
using Graft.Cli.Commands.Training;
using Graft.Vision.Samples;

namespace Graft.Cli.Tests.Commands;

/// <summary>Lists of images, several labels and numbers, from the command line; predictions of many images.</summary>
public sealed class ListTests(Images images) : IClassFixture<Images>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LabelsAreTrainedJudgedAndPredicted()
    {
        string folder = Mixed(), list = Path.Combine(folder, MixedFlowers.ListFile), model = Path.Combine(folder, "m.graft");
        Outcome trained = await Tool.Run("train", list, "--resolution", "64", "--epochs", "1", "--runs", Path.Combine(folder, "runs"), "--out", model, "--json");
        Assert.Equal((0, "multilabel", 32, 8), (trained.ExitCode, trained.Json.GetProperty("task").GetString(), trained.Json.GetProperty("train_images").GetInt32(), trained.Json.GetProperty("val_images").GetInt32()));
        Assert.InRange(trained.Json.GetProperty("val_map").GetDouble(), 0.3, 1);
        Assert.False(trained.Json.TryGetProperty("val_top1", out _));
        Assert.InRange(trained.Json.GetProperty("per_class").GetProperty("rose").GetProperty("ap").GetDouble(), 0, 1);
        Assert.Contains("'list.csv' is read as a list of labels, any number for each image, by its column 'labels'.", trained.Error);
        string report = File.ReadAllText(trained.Json.GetProperty("report").GetString()!);
        Assert.Contains("mean average precision on 8 images held out", report);
        Assert.Contains("IsGiven", report);

        Outcome judged = await Tool.Run("evaluate", model, list, "--json");
        Assert.Equal((0, "multilabel", 8), (judged.ExitCode, judged.Json.GetProperty("task").GetString(), judged.Json.GetProperty("images").GetInt32()));
        JsonElement rose = judged.Json.GetProperty("per_class").GetProperty("rose");
        Assert.InRange(rose.GetProperty("threshold").GetDouble(), 0, 1);
        Assert.InRange(judged.Json.GetProperty("map").GetDouble(), 0.3, 1);

        Outcome shown = await Tool.Run("evaluate", model, list);
        Assert.Contains("Mean average precision", shown.Output);
        Outcome predicted = await Tool.Run("predict", model, Path.Combine(folder, "images", "image-0001.jpg"), "--top", "5", "--json");
        Assert.Equal(["path", "labels", "predictions"], predicted.Json.EnumerateObject().Select(field => field.Name));
        Assert.Equal(5, predicted.Json.GetProperty("predictions").GetArrayLength());
        Outcome inspected = await Tool.Run("inspect", model);
        Assert.Contains("labels", inspected.Output);
    }

    [Fact]
    public async Task NumbersAreTrainedJudgedAndPredicted()
    {
        string folder = Mixed(), list = Path.Combine(folder, MixedFlowers.ListFile), model = Path.Combine(folder, "m.graft"), table = Path.Combine(folder, "t.csv");
        Outcome trained = await Tool.Run(
            "train", list, "--label-column", "flowers", "--task", "regress", "--loss", "squared", "--resolution", "64", "--epochs", "1", "--runs", Path.Combine(folder, "runs"), "--out", model, "--json");
        Assert.Equal((0, "regress"), (trained.ExitCode, trained.Json.GetProperty("task").GetString()));
        Assert.True(trained.Json.TryGetProperty("val_r2", out _));
        Assert.InRange(trained.Json.GetProperty("per_value").GetProperty("flowers").GetProperty("mae").GetDouble(), 0, 3);
        Assert.Contains("Predicted over true flowers", File.ReadAllText(trained.Json.GetProperty("report").GetString()!));
        Outcome judged = await Tool.Run("evaluate", model, list, "--label-column", "flowers", "--json");
        Assert.Equal(["labels", "task", "mae", "rmse", "r2", "images", "covered", "per_value", "skipped"], judged.Json.EnumerateObject().Select(field => field.Name));

        // Eight held-out images are too few for an interval of nine tenths.
        Outcome predicted = await Tool.Run("predict", model, Path.Combine(folder, "images"), "--out-table", table);
        Assert.Equal(0, predicted.ExitCode);
        Assert.Equal("path,flowers,error", File.ReadLines(table).First());
        Assert.Equal(41, File.ReadLines(table).Count());
        Assert.Equal(2, (await Tool.Run("predict", model, Path.Combine(folder, "images"), "--sort-into", folder)).ExitCode);
    }

    [Fact]
    public async Task ARunOfAListGoesOn()
    {
        string folder = Mixed(), runs = Path.Combine(folder, "runs");
        string[] words = ["train", Path.Combine(folder, MixedFlowers.ListFile), "--label-column", "flowers", "--task", "regress", "--resolution", "64", "--epochs", "6", "--runs", runs];
        Outcome whole = await Tool.Run([.. words, "--out", Path.Combine(folder, "whole.graft"), "--json"]);
        Outcome stopped = await Tool.RunFor(TimeSpan.FromSeconds(1.5), [.. words, "--out", Path.Combine(folder, "again.graft")]);
        if (stopped.ExitCode == 0) return;
        Outcome resumed = await Tool.Run("train", "--resume", "last", "--runs", runs, "--json");
        Assert.Equal(0, resumed.ExitCode);
        Assert.Equal(File.ReadAllBytes(whole.Json.GetProperty("model").GetString()!), File.ReadAllBytes(resumed.Json.GetProperty("model").GetString()!));
    }

    [Theory]
    [InlineData(",", "--label-column names no column. Name one, or several apart by commas.")]
    [InlineData("", "--label-column names no column. Name one, or several apart by commas.")]
    [InlineData("a,a", "--label-column names 'a' of 'list.csv' twice. Name each column once.")]
    public async Task ColumnsThatAreNoneAreRefused(string columns, string message)
    {
        string folder = images.NewFolder(), list = Path.Combine(folder, "list.csv");
        File.WriteAllText(list, "path,a,b\nx.jpg,0,1\n");
        foreach (string command in (string[])["train", "check"]) Assert.Contains(message, (await Tool.Run(command, list, "--label-column", columns)).Error);
    }

    [Fact]
    public async Task LabelsThatNoImageHasAreNotCounted()
    {
        string folder = images.NewFolder(), list = Path.Combine(folder, "list.csv");
        string[] files = [.. Directory.GetFiles(images.Folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(3)];
        File.WriteAllText(list, "path,a,b,value\n" + string.Concat(files.Select((file, i) => $"{file},0,0,\"1,01{i}\"\n")));
        Outcome none = await Tool.Run("train", list, "--label-column", "a,b", "--mode", "readout", "--out", Path.Combine(folder, "m.graft"));
        Assert.DoesNotContain("uneven", none.Error);
        Assert.Contains("There is nothing to learn", none.Error);
        Outcome open = await Tool.Run("train", list, "--mode", "readout", "--out", Path.Combine(folder, "m.graft"));
        Assert.Contains("\"1,010\" in row 2 may be 1010 or 1.010, and no number decides. Say which: --decimal . if it is 1010, --decimal , if it is 1.010.", open.Error);
        Outcome told = await Tool.Run("train", list, "--mode", "readout", "--holdout", "0", "--resolution", "64", "--out", Path.Combine(folder, "m.graft"), "--decimal", ".");
        Assert.Equal(0, told.ExitCode);
    }

    [Fact]
    public async Task AListIsNotReadOnAfterAnInterrupt()
    {
        string folder = images.NewFolder(), list = Path.Combine(folder, "list.csv");
        using (StreamWriter writer = new(list))
        {
            writer.WriteLine("path,label");
            for (int i = 0; i < 4_000_000; i++) writer.WriteLine($"none/{i}.jpg,x");
        }

        foreach (string[] words in (string[][])[["train", list], ["check", list], ["predict", images.Model, list], ["split", list, "--out", Path.Combine(folder, "s")]])
            Assert.Equal((130, words[0]), ((await Tool.RunFor(TimeSpan.FromSeconds(0.3), words)).ExitCode, words[0]));
    }

    [Fact]
    public void MoreLabelsThanThereIsMemoryForAreRefused()
    {
        Graft.Networks.Graph trunk = Graft.Formats.ModelFile.Load(images.Model).Network.Graph;
        Vision.ImageFolder few = Vision.Folders.ImageSets.Scan(images.Folder, cancel: TestContext.Current.CancellationToken).Train;
        Assert.Null(HeadMemory.Say(trunk, few, 1L << 32));
        Assert.Contains("GB of memory to fit, and there are 0. Leave out what few images have, or train where there is more.", Assert.Throws<GraftException>(() => HeadMemory.Say(trunk, few, 1000)).Message);
    }

    [Fact]
    public async Task ATableThatWasKilledGoesOnWithEachRowOnce()
    {
        string folder = images.NewFolder(), list = Path.Combine(folder, "many.csv"), table = Path.Combine(folder, "out, \"table\".csv"), whole = Path.Combine(folder, "whole.csv");
        string[] files = [.. Directory.GetFiles(images.Folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        File.WriteAllText(list, "path\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"\"{files[i % files.Length]}\"\n")));
        Assert.Equal(0, (await Tool.Run("predict", images.Model, list, "--out-table", whole)).ExitCode);
        for (int attempt = 0; attempt < 4 && !File.Exists(table); attempt++)
        {
            using Process process = Tool.Start("predict", images.Model, list, "--out-table", table);
            string unfinished = table + ".unfinished";
            long before = File.Exists(unfinished) ? new FileInfo(unfinished).Length : 0;
            while (!process.HasExited && !(File.Exists(unfinished) && new FileInfo(unfinished).Length > before + 40_000)) await Task.Delay(2, Cancel);
            process.Kill();
            await process.WaitForExitAsync(Cancel);
        }

        // A part of a row is no row.
        if (File.Exists(table + ".unfinished")) File.AppendAllText(table + ".unfinished", "half a row");
        Outcome last = await Tool.Run("predict", images.Model, list, "--out-table", table);
        Assert.Equal(0, last.ExitCode);
        Assert.Equal(File.ReadAllText(whole), File.ReadAllText(table));
        Assert.False(File.Exists(table + ".unfinished"));
        Assert.Equal(3001, File.ReadLines(table).Count());
    }

    [Fact]
    public async Task RowsOfAnotherCommandAreNotGoneOnWith()
    {
        string folder = images.NewFolder(), table = Path.Combine(folder, "t.csv");
        File.WriteAllText(table + ".unfinished", "# graft predict of something else\npath,label\nx,y\n");
        Outcome run = await Tool.Run("predict", images.Model, images.Folder, "--out-table", table);
        Assert.Equal((3, $"error: '{table}.unfinished' has rows of other images or of another model, from a command that was stopped. Remove it, or name another table.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task ImagesAreSortedByCopiesThatReplaceNothing()
    {
        string folder = images.NewFolder(), sorted = Path.Combine(folder, "sorted"), roses = Path.Combine(images.Folder, "rose");
        Outcome run = await Tool.Run("predict", images.Model, roses, "--sort-into", sorted);
        Assert.Equal(0, run.ExitCode);
        string[] copies = [.. Directory.GetFiles(sorted, "*.jpg", SearchOption.AllDirectories)];
        Assert.Equal(Directory.GetFiles(roses).Select(Path.GetFileName).Order(), copies.Select(Path.GetFileName).Order());
        Assert.Equal($"Copied 10 images into '{sorted}'.", run.Error.Trim().Split('\n')[^1]);
        Outcome again = await Tool.Run("predict", images.Model, roses, "--sort-into", sorted);
        Assert.Equal($"Copied 0 images into '{sorted}'; 10 were there already.", again.Error.Trim().Split('\n')[^1]);

        // Another image of that name beside it.
        string first = copies.Order().First();
        File.WriteAllText(first, "mine");
        await Tool.Run("predict", images.Model, roses, "--sort-into", sorted);
        Assert.Equal("mine", File.ReadAllText(first));
        Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(first)!, $"{Path.GetFileNameWithoutExtension(first)} (2).jpg")));
    }

    [Fact]
    public async Task WhatAListExcludesIsNotLearnedFrom()
    {
        string folder = images.NewFolder(), list = Path.Combine(folder, "out.csv"), output = Path.Combine(folder, "m.graft"), whole = Path.Combine(images.Folder, "tulip", "tulip-0002.jpg");
        File.WriteAllText(list, $"path,reason\nrose/rose-0001.jpg,blurred\n\"{whole}\",odd\nrose/none.jpg,gone\n");
        Outcome run = await Tool.Run("train", images.Folder, "--exclude", list, "--mode", "readout", "--resolution", "64", "--holdout", "0", "--out", output, "--json");
        Assert.Equal((0, 48), (run.ExitCode, run.Json.GetProperty("train_images").GetInt32()));
        Assert.Contains($"2 images of '{images.Folder}' are left out, as '{list}' says; 1 of its paths is not among them.", run.Error);
        Assert.Equal(49, (await Tool.Run("evaluate", output, images.Folder, "--exclude", Write("rose/rose-0001.jpg"), "--json")).Json.GetProperty("images").GetInt32());
        Outcome none = await Tool.Run("train", images.Folder, "--exclude", Path.Combine(folder, "nothing.csv"), "--mode", "readout", "--out", output);
        Assert.Equal(3, none.ExitCode);

        string Write(string text)
        {
            string path = Path.Combine(folder, "plain.txt");
            File.WriteAllText(path, text);
            return path;
        }
    }

    [Fact]
    public async Task AListIsSplitByTheNamesOfItsFiles()
    {
        string folder = Mixed(), split = Path.Combine(folder, "split"), model = Path.Combine(folder, "m.graft");
        Outcome run = await Tool.Run("split", Path.Combine(folder, MixedFlowers.ListFile), "--out", split, "--holdout", "0.3", "--anew");
        string[] train = File.ReadAllLines(Path.Combine(split, "train.csv")), held = File.ReadAllLines(Path.Combine(split, "held-out.csv"));
        Assert.Equal((0, $"{train.Length - 1} rows in {Path.Combine(split, "train.csv")}, {held.Length - 1:N0} in {Path.Combine(split, "held-out.csv")}.\n"), (run.ExitCode, run.Error));
        Assert.Equal((40, "path,labels,flowers"), (train.Length + held.Length - 2, train[0]));
        Assert.All(held.Skip(1), row => Assert.True(Graft.Vision.Folders.HoldoutRule.Holds(Path.GetFileName(row.Split(',')[0]), 0.3)));
        Outcome trained = await Tool.Run("train", Path.Combine(split, "train.csv"), "--mode", "readout", "--resolution", "64", "--folds", "3", "--out", model, "--json");
        Assert.Equal((0, 3), (trained.ExitCode, trained.Json.GetProperty("folds").GetProperty("scores").GetArrayLength()));
        Assert.Equal(trained.Json.GetProperty("folds").GetProperty("scores").EnumerateArray().Average(score => score.GetDouble()), trained.Json.GetProperty("folds").GetProperty("mean").GetDouble(), 1e-12);
        Assert.Equal(held.Length - 1, (await Tool.Run("evaluate", model, Path.Combine(split, "held-out.csv"), "--json")).Json.GetProperty("images").GetInt32());
        Assert.Equal(2, (await Tool.Run("split", Path.Combine(folder, MixedFlowers.ListFile), "--out", split, "--copy")).ExitCode);
        Assert.Equal(3, (await Tool.Run("split", Path.Combine(folder, MixedFlowers.ListFile), "--out", split, "--anew")).ExitCode);
    }

    [Fact]
    public async Task AListThatIsDividedIsNotDividedAgainUnasked()
    {
        string folder = images.NewFolder(), list = Path.Combine(folder, "divided.csv"), split = Path.Combine(folder, "s");
        string[] files = [.. Directory.GetFiles(images.Folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        File.WriteAllText(list, "path,label,split\n" + string.Concat(files.Select((file, i) => $"\"{Path.GetRelativePath(folder, file)}\",{Path.GetFileName(Path.GetDirectoryName(file))},{(i % 5 == 0 ? "test" : "train")}\n")));
        Outcome run = await Tool.Run("split", list, "--out", split);
        Assert.Equal(
            (3, $"error: '{list}' is divided already, by its column 'split': train has {files.Length - ((files.Length + 4) / 5)} images, test has {(files.Length + 4) / 5} images. Train on it as it is: graft train {list}. To divide all of it anew: --anew.\n"),
            (run.ExitCode, run.Error));
        Assert.False(Directory.Exists(split));
        Assert.Equal(0, (await Tool.Run("split", list, "--out", split, "--anew")).ExitCode);
        string[] rows = File.ReadAllLines(Path.Combine(split, "train.csv"));
        Assert.Equal("path,label", rows[0]);
        Assert.All(rows.Skip(1), row => Assert.StartsWith("../../", row.Trim('"')));
        Assert.Equal(0, (await Tool.Run("check", Path.Combine(split, "train.csv"))).ExitCode);
    }

    [Fact]
    public async Task ImagesOfAGroupStayTogether()
    {
        string folder = images.NewFolder(), list = Path.Combine(folder, "houses.csv"), split = Path.Combine(folder, "s");
        string[] files = [.. Directory.GetFiles(images.Folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        File.WriteAllText(list, "path,value,house\n" + string.Concat(files.Select((file, i) => $"\"{file}\",{i / 5},h{i / 5}\n")));
        Assert.Equal(0, (await Tool.Run("split", list, "--group-column", "house", "--holdout", "0.4", "--out", split)).ExitCode);
        string[] train = Houses("train.csv"), held = Houses("held-out.csv");
        Assert.Equal(files.Length / 5, train.Length + held.Length);
        Assert.Empty(train.Intersect(held));
        Outcome run = await Tool.Run("train", list, "--group-column", "house", "--mode", "readout", "--resolution", "64", "--out", Path.Combine(folder, "m.graft"), "--json");
        Assert.Equal((0, 10), (run.ExitCode, run.Json.GetProperty("val_images").GetInt32()));
        Assert.Contains("'houses.csv' has 10 groups by its column 'house'; images of a group are held out together.", run.Error);
        Outcome refused = await Tool.Run("split", images.Folder, "--group-column", "house", "--out", Path.Combine(folder, "t"));
        Assert.Equal((2, $"error: --path-column, --group-column and --anew are for lists, and '{images.Folder}' is none. Leave them out.\n"), (refused.ExitCode, refused.Error));

        string[] Houses(string name) => [.. File.ReadLines(Path.Combine(split, name)).Skip(1).Select(row => row.Split(',')[^1]).Distinct()];
    }

    [Theory]
    [InlineData("train")]
    [InlineData("check")]
    [InlineData("split", "--out", "nowhere")]
    [InlineData("evaluate", "MODEL")]
    [InlineData("predict", "MODEL")]
    public async Task AListThatIsNotThereIsNoFolder(params string[] words)
    {
        string folder = images.NewFolder(), list = Path.Combine(folder, "flowers.csv");
        File.WriteAllText(list, "path,label\n");
        foreach ((string name, string more) in ((string, string)[])[("flower.csv", $"Did you mean '{list}'?"), ("other.json", "Check the path."), ("other.jsonl", "Check the path.")])
        {
            string path = Path.Combine(folder, name);
            Outcome run = await Tool.Run([.. words.Select(word => word == "MODEL" ? images.Model : word), path]);
            Assert.Equal((3, $"error: There is no file '{path}'. {more}\n"), (run.ExitCode, run.Error));
        }
    }

    [Fact]
    public async Task AListWithoutRowsIsTold()
    {
        string list = Path.Combine(images.NewFolder(), "none.csv");
        File.WriteAllText(list, "path,label\n");
        Outcome run = await Tool.Run("predict", images.Model, list);
        Assert.Equal((3, "", $"error: '{list}' has no rows: it names no image.\n"), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task EveryLabelThatIsGivenIsShown()
    {
        string folder = Mixed(), list = Path.Combine(folder, MixedFlowers.ListFile), model = Path.Combine(folder, "m.graft"), table = Path.Combine(folder, "t.csv"), image = Path.Combine(folder, "images", "image-0001.jpg");
        Assert.Equal(0, (await Tool.Run("train", list, "--mode", "readout", "--resolution", "64", "--out", model)).ExitCode);
        string[] files = Directory.GetFiles(Path.Combine(folder, "images"));
        bool areSeveral = false;
        foreach (string file in files)
        {
            Outcome json = await Tool.Run("predict", model, file, "--json", "--top", "1"), shown = await Tool.Run("predict", model, file, "--top", "1");
            string[] given = [.. json.Json.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!)];
            Assert.Equal(given.Order(StringComparer.Ordinal), given);
            Assert.Equal(Math.Min(5, given.Length + 1), json.Json.GetProperty("predictions").GetArrayLength());
            Assert.Equal(given.Length, shown.Output.Split("  *\n").Length - 1);
            Assert.Equal(given.Length > 0 ? "* is given: its probability reaches the label's threshold.\n" : "", shown.Error);
            areSeveral |= given.Length > 1;
            if (given.Length > 1 && areSeveral) break;
        }

        Assert.True(areSeveral);
        await Tool.Run("predict", model, Path.Combine(folder, "images"), "--out-table", table);
        Assert.All(File.ReadLines(table).Skip(1), row => Assert.Equal(Given(row).Order(StringComparer.Ordinal), Given(row)));

        static string[] Given(string row) => row[(row.IndexOf(".jpg,", StringComparison.Ordinal) + 5)..] is ['"', ..] rest ? rest[1..].Split('"')[0].Split(';') : [];
    }

    [Fact]
    public async Task AModelIsCalledAsItsListIs()
    {
        string folder = images.NewFolder();
        string[] files = [.. Directory.GetFiles(images.Folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        File.WriteAllText(Path.Combine(folder, "houses.csv"), "path,red,green\n" + string.Concat(files.Select((file, i) => $"\"{file}\",{i},{i % 7}\n")));
        await InFolder("train", "houses.csv", "--label-column", "red,green", "--task", "regress", "--mode", "readout", "--resolution", "64");
        Assert.True(File.Exists(Path.Combine(folder, "houses.graft")));

        // And its columns are known by the model's numbers.
        Assert.StartsWith("{\"labels\":[\"red\",\"green\"]", await InFolder("evaluate", "houses.graft", "houses.csv", "--json"));

        async Task<string> InFolder(params string[] words)
        {
            using Process process = Tool.StartIn(folder, words);
            Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
            string output = await process.StandardOutput.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
            Assert.True(process.ExitCode == 0, await error);
            return output;
        }
    }

    [Fact]
    public async Task WhatACheckOfAListNamesCanBeLeftOut()
    {
        string folder = Mixed(), list = Path.Combine(folder, "copies.csv"), leave = Path.Combine(folder, "leave.csv");
        File.Copy(Path.Combine(folder, "images", "image-0001.jpg"), Path.Combine(folder, "images", "copy.jpg"));
        File.WriteAllText(list, "path,labels\nimages/image-0001.jpg,rose\nimages/copy.jpg,rose\nimages/image-0002.jpg,\nimages/gone.jpg,rose\n");
        Assert.Equal(0, (await Tool.Run("check", list, "--list", leave)).ExitCode);
        Assert.Contains("images/gone.jpg,no such file", File.ReadLines(leave));
        Outcome again = await Tool.Run("check", list, "--exclude", leave);
        Assert.Contains($"2 images of '{list}' are left out, as '{leave}' says.\n", again.Error);
        Assert.DoesNotContain("gone.jpg", again.Output);
    }

    [Fact]
    public async Task AListIsChecked()
    {
        string folder = Mixed(), list = Path.Combine(folder, "copies.csv");
        File.Copy(Path.Combine(folder, "images", "image-0001.jpg"), Path.Combine(folder, "images", "copy.jpg"));
        File.WriteAllText(list, "path,labels\nimages/image-0001.jpg,rose\nimages/copy.jpg,tulip\nimages/image-0002.jpg,\n");
        Outcome run = await Tool.Run("check", list, "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["images/copy.jpg", "images/image-0001.jpg"], run.Json.GetProperty("exact")[0].EnumerateArray().Select(path => path.GetString()));
    }

    [Fact]
    public async Task StandardInputIsAnImageOrPaths()
    {
        string rose = Directory.GetFiles(Path.Combine(images.Folder, "rose")).Order().First();
        string direct = (await Tool.Run("predict", images.Model, rose, "--json")).Output;
        Assert.Equal(direct.Replace(JsonSerializer.Serialize(rose, new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }), "\"-\""), await Piped(File.ReadAllBytes(rose)));
        Assert.Equal(direct, await Piped(System.Text.Encoding.UTF8.GetBytes(rose + "\n\n")));
        Assert.Equal(direct, await Piped(System.Text.Encoding.UTF8.GetBytes(rose + "\0")));
        Assert.Equal("", await Piped([]));
        string sorted = Path.Combine(images.NewFolder(), "sorted");
        await Piped(File.ReadAllBytes(rose), "--sort-into", sorted);
        Assert.Equal("standard-input.jpg", Path.GetFileName(Assert.Single(Directory.GetFiles(sorted, "*", SearchOption.AllDirectories))));

        async Task<string> Piped(byte[] input, params string[] more)
        {
            ProcessStartInfo start = new("dotnet", [Tool.Path, "predict", images.Model, "-", "--json", .. more]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
            using Process process = Process.Start(start)!;
            await process.StandardInput.BaseStream.WriteAsync(input, Cancel);
            process.StandardInput.Close();
            Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
            string output = await process.StandardOutput.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
            if (input.Length == 0) Assert.Equal("error: Standard input is empty. It takes one image, or a path a line.\n", await error);
            return output;
        }
    }

    private string Mixed()
    {
        string folder = images.NewFolder();
        MixedFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 40, Size = 64, Seed = 5 }, cancellation: Cancel);
        return folder;
    }
}
