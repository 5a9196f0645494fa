using System.Text;
using Graft.Readouts;
using Graft.Vision.Evaluating;
using Graft.Vision.Folders;
using Graft.Vision.Lists;
using Graft.Vision.Tasks;

namespace Graft.Vision.Tests.Lists;

public sealed class ImageListTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ImageListTests()
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, "img"));
        foreach (string name in (string[])["a", "b", "c", "d", "e"]) File.WriteAllBytes(Path.Combine(folder.Path, "img", name + ".jpg"), []);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void RowsBecomeImagesOfTheirClassesInParts()
    {
        ImageSets sets = Scan("list.csv", "path,label,split\nimg/a.jpg,rose,train\nimg\\b.jpg,tulip,\n\"img/c.jpg\",rose,Val\nimg/d.jpg,tulip,test\n");
        Assert.True(sets.IsDivided);
        Assert.Equal(["rose", "tulip"], sets.Train.Classes);
        Assert.Equal([("img/a.jpg", 0), ("img/b.jpg", 1)], sets.Train.Items.Select(item => (item.RelativePath, item.Label)));
        Assert.Equal(Path.Combine(folder.Path, "img", "b.jpg"), sets.Train.Items[1].Path);
        Assert.Equal([("img/c.jpg", 0)], sets.Validation!.Items.Select(item => (item.RelativePath, item.Label)));
        Assert.Equal([("img/d.jpg", 1)], sets.Test!.Items.Select(item => (item.RelativePath, item.Label)));
        Assert.Equal($"'{Path.Combine(folder.Path, "list.csv")}' is divided: train has 2 images; val has 1 image; test has 1 image.", sets.Remarks[0]);
        Assert.Contains("'list.csv' is read as a list of classes, one for each image, by its column 'label'. Otherwise: --task multilabel or regress.", sets.Remarks);
    }

    [Theory]
    [InlineData("path;label\nimg/a.jpg;rose\nimg/b.jpg;tulip\n")]
    [InlineData("path\tlabel\r\nimg/a.jpg\trose\r\nimg/b.jpg\ttulip\r\n")]
    [InlineData("sep=;\npath;label\nimg/a.jpg;rose\nimg/b.jpg;tulip\n")]
    [InlineData("Label,FileName\nrose,img/a.jpg\ntulip,img/b.jpg")]
    [InlineData("img/a.jpg,rose\nimg/b.jpg,tulip\n")]
    [InlineData("\n\npath , label\n img/a.jpg , rose\n\nimg/b.jpg,tulip\n\n")]
    [InlineData("id,path,label,size\n1,img/a.jpg,rose,10\n2,img/b.jpg,tulip,10\n")]
    public void AnyTableWithAFileAndALabelIsAList(string text)
    {
        foreach (Encoding encoding in (Encoding[])[new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            ImageSets sets = Scan("list.csv", text, encoding: encoding);
            Assert.Equal([("img/a.jpg", "rose"), ("img/b.jpg", "tulip")], sets.Train.Items.Select(item => (item.RelativePath, sets.Train.Classes[item.Label])));
        }
    }

    [Theory]
    [InlineData("list.json", """[{"path": "img/a.jpg", "label": "rose"}, {"label": "tulip", "path": "img/b.jpg", "more": null}]""")]
    [InlineData("list.jsonl", "{\"path\": \"img/a.jpg\", \"label\": \"rose\"}\n{\"path\": \"img/b.jpg\", \"label\": \"tulip\"}\n")]
    [InlineData("list.json", "{\"path\": \"img/a.jpg\", \"label\": \"rose\"}\n{\"path\": \"img/b.jpg\", \"label\": \"tulip\"}")]
    public void JsonIsAListToo(string name, string text)
    {
        ImageSets sets = Scan(name, text);
        Assert.Equal([("img/a.jpg", "rose"), ("img/b.jpg", "tulip")], sets.Train.Items.Select(item => (item.RelativePath, sets.Train.Classes[item.Label])));
    }

    [Fact]
    public void SeveralLabelsStandInACellInRowsOrInColumns()
    {
        float[][] expected = [[1, 0, 1], [0, 0, 0], [0, 1, 0]];
        foreach ((string name, string text, ImageListOptions options) in ((string, string, ImageListOptions)[])
        [
            ("a.csv", "path,labels\nimg/a.jpg,red; white\nimg/b.jpg,\nimg/c.jpg,rose\n", new()),
            ("b.csv", "path,label\nimg/a.jpg,red\nimg/b.jpg,\nimg/a.jpg,white\nimg/c.jpg,rose\n", new() { Task = ModelTask.MultiLabel }),
            ("c.csv", "path,red,rose,white\nimg/a.jpg,1,0,1\nimg/b.jpg,0,0,0\nimg/c.jpg,0,1,0\n", new() { LabelColumns = ["red", "rose", "white"] }),
            ("d.json", """[{"path":"img/a.jpg","labels":["red","white"]},{"path":"img/b.jpg","labels":[]},{"path":"img/c.jpg","labels":["rose"]}]""", new()),
        ])
        {
            ImageFolder train = Scan(name, text, options).Train;
            Assert.Equal(ModelTask.MultiLabel, train.Task);
            Assert.Equal(["red", "rose", "white"], train.Classes);
            Assert.Equal(expected, train.Items.Select(item => item.Targets.ToArray()));
            Assert.All(train.Items, item => Assert.Equal(-1, item.Label));
        }
    }

    [Fact]
    public void NumbersAreReadWithPointOrComma()
    {
        ImageFolder one = Scan("a.csv", "path;value\nimg/a.jpg;1,5\nimg/b.jpg;-2e3\nimg/c.jpg;x\nimg/d.jpg;\nimg/e.jpg;NaN\n").Train;
        Assert.Equal((ModelTask.Regress, "value"), (one.Task, Assert.Single(one.Classes)));
        Assert.Equal([[1.5f], [-2000f]], one.Items.Select(item => item.Targets.ToArray()));
        Assert.Equal(["row 4: 'x' is no number", "row 5: a number is missing", "row 6: 'NaN' is no number"], one.Skipped.Select(skipped => skipped.Reason));

        ImageFolder two = Scan("b.csv", "path,price,rooms\nimg/a.jpg,350000,4\nimg/b.jpg,1.5,0\n", new ImageListOptions { LabelColumns = ["price", "rooms"] }).Train;
        Assert.Equal(["price", "rooms"], two.Classes);
        Assert.Equal([[350000f, 4f], [1.5f, 0f]], two.Items.Select(item => item.Targets.ToArray()));

        ImageFolder cells = Scan("c.csv", "path,value\nimg/a.jpg,1;2\nimg/b.jpg,3\n").Train;
        Assert.Equal(["value 1", "value 2"], cells.Classes);
        Assert.Equal("row 3: it has 1 number, and the first row has 2", Assert.Single(cells.Skipped).Reason);
    }

    [Fact]
    public void WhatIsMissingTwiceOrContradictoryIsTold()
    {
        ImageSets sets = Scan(
            "list.csv",
            "path,label\nimg/a.jpg,rose\nimg/a.jpg,rose\nimg/b.jpg,rose\nimg/b.jpg,tulip\nimg/none.jpg,tulip\nimg/c.jpg,tulip\n,tulip\nimg/d.jpg,\nimg,rose\nlist.csv,rose\n../outside.jpg,rose\n");
        Assert.Equal([("img/a.jpg", 0), ("img/c.jpg", 1)], sets.Train.Items.Select(item => (item.RelativePath, item.Label)));
        Assert.Equal(
            [
                (At("img/b.jpg"), "rows 4 and 5 contradict each other: 'rose' and 'tulip'"), (At("img/none.jpg"), "no such file"), ($"{At("list.csv")}, row 8", "it names no file"),
                (At("img/d.jpg"), "row 9: it has no label"), (At("img"), "a folder, not a file"), (At("list.csv"), "not an image, by its name"), (Path.GetFullPath(At("../outside.jpg")), "no such file"),
            ],
            sets.Train.Skipped.Select(skipped => (skipped.Path, skipped.Reason)));
        Assert.Contains($"2 files of 'list.csv' are not there and left out. Paths count from the list's folder, '{folder.Path}'.", sets.Remarks);
        Assert.Contains("1 row of 'list.csv' repeats an image with the same label; each counts once.", sets.Remarks);
    }

    [Fact]
    public void AClassWhoseOnlyImageContradictsItselfIsLeftOut()
    {
        const string Text = "path,label\nimg/a.jpg,rose\nimg/b.jpg,tulip\nimg/c.jpg,rose\nimg/c.jpg,wrong\n";
        ImageSets sets = Scan("list.csv", Text);
        Assert.Equal(["rose", "tulip"], sets.Train.Classes);
        Assert.Equal([0, 1], sets.Train.Items.Select(item => item.Label));
        Assert.Contains("'wrong' is left out of classes: no image of it is left, as rows 4 and 5 of 'list.csv' contradict each other. Correct one of them.", sets.Remarks);
        Assert.DoesNotContain(sets.Remarks, remark => remark.Contains("'rose' is left out"));
    }

    [Fact]
    public void WhatIsSaidOfListsNamesNoFolders()
    {
        foreach (string name in (string[])["f/g/h", "f/g/i"]) Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At("f/g/h.jpg"), []);
        string message = Assert.Throws<GraftException>(() => Scan("one.csv", "path,label\nf/g/h.jpg,red\n")).Message;
        Assert.Equal($"A classifier needs at least two classes with images; '{At("one.csv")}' has one, 'red', with 1. Give images of another one its name in the column of labels.", message);
    }

    [Theory]
    [InlineData("labels", "\"rose, flower\"", "rose", "'rose, flower' is one label of 'list.csv', though 'rose' occurs without it, too. If these are several labels, write ';' between them.")]
    [InlineData("labels", "\"rose, red\"", "\"red, rose\"", "'red, rose' is one label of 'list.csv', though 'red' occurs without it, too. If these are several labels, write ';' between them.")]
    [InlineData("label", "\"rose, flower\"", "rose", "'rose, flower' is one label of 'list.csv', though 'rose' occurs without it, too. If these are several labels, write ';' between them, and say --task multilabel.")]
    [InlineData("labels", "\"rose, flower\"", "tulip", null)]
    public void LabelsApartByCommasAreTold(string column, string first, string second, string? remark)
    {
        ImageSets sets = Scan("list.csv", $"path,{column}\nimg/a.jpg,{first}\nimg/b.jpg,{second}\nimg/c.jpg,{first}\n");
        Assert.Equal(remark, sets.Remarks.SingleOrDefault(text => text.Contains("is one label of")));
    }

    [Fact]
    public void AModelsNumbersAreFoundAmongTheColumns()
    {
        const string Text = "path,blue,red,green\nimg/a.jpg,1,2,3\nimg/b.jpg,4,5,6\n";
        ImageListOptions options = new() { Task = ModelTask.Regress, Names = ["red", "green", "blue"] };
        ImageFolder train = Scan("list.csv", Text, options).Train;
        Assert.Equal(["red", "green", "blue"], train.Classes);
        Assert.Equal([2f, 3f, 1f], train.Items[0].Targets);
        Assert.Throws<GraftException>(() => Scan("list.csv", Text, options with { Names = ["red", "yellow"] }));
    }

    [Fact]
    public void ImagesOfAGroupAreOnOneSide()
    {
        string[] names = [.. Enumerable.Range(0, 240).Select(i => $"img/h{i}.jpg")];
        foreach (string name in names) File.WriteAllBytes(At(name), []);
        string rows = string.Concat(names.Select((name, i) => $"{name},{i / 4 * 1000},{(i < 8 ? "" : i / 4)}\n"));
        ImageSets sets = Scan("list.csv", "path,value,house\n" + rows, new ImageListOptions { GroupColumn = "house" });
        Assert.Contains("'list.csv' has 58 groups by its column 'house'; images of a group are held out together. 8 images have none, and stand for themselves.", sets.Remarks);
        foreach (ulong seed in (ulong[])[0, 1, 2])
        {
            ImageSplit split = sets.Train.Split(0.2, seed);
            Assert.InRange(split.Validation.Count, 44, 52);
            Assert.Empty(Groups(split.Training).Intersect(Groups(split.Validation)));

            // From all over the range.
            Assert.InRange(split.Validation.Average(item => item.Targets[0]), 20_000f, 40_000f);
        }

        CrossValidation folds = CrossValidation.Run(sets.Train, 5, 3, (learned, held) =>
        {
            Assert.Empty(Groups(learned.Items).Intersect(Groups(held.Items)));
            Assert.InRange(held.Items.Count, 44, 52);
            return new ValueJudgement(RegressionMetrics.Measure([1, 2], [1, 3], 1), []);
        }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(5, folds.Scores.Count);
        sets = Scan("list.csv", "path,value,house,split\n" + rows.Replace("\n", ",train\n").Replace("img/h9.jpg,2000,2,train", "img/h9.jpg,2000,2,val"), new ImageListOptions { GroupColumn = "house" });
        Assert.Contains("1 group of 'list.csv' is in several of its parts, such as '2': what is judged by is of what was learned from.", sets.Remarks);

        IEnumerable<string> Groups(IEnumerable<ImageItem> items) => items.Select(item => item.Group).OfType<string>();
    }

    [Fact]
    public void GroupsThatHaveSeveralClassesLeaveEachClassSomething()
    {
        string[] names = [.. Enumerable.Range(0, 60).Select(i => $"img/g{i}.jpg")];
        foreach (string name in names) File.WriteAllBytes(At(name), []);
        ImageFolder train = Scan("list.csv", "path,label,patient\n" + string.Concat(names.Select((name, i) => $"{name},{(i % 2 == 0 ? "a" : "b")},{i / 6}\n")), new ImageListOptions { GroupColumn = "patient" }).Train;
        ImageSplit split = train.Split(0.2, 1);
        Assert.Equal(2, split.Validation.Select(item => item.Group).Distinct().Count());
        Assert.Equal(12, split.Validation.Count);
        ImageFolder one = train.With([.. train.Items.Where(item => item.Group == "0")]);
        Assert.Empty(one.Split(0.9, 1).Validation);
    }

    [Fact]
    public void AListThatIsNotThereIsAFileThatIsNotThere()
    {
        Scan("flowers.csv", "path,label\nimg/a.jpg,rose\nimg/b.jpg,tulip\n");
        Assert.Equal($"There is no file '{At("flower.csv")}'. Did you mean '{At("flowers.csv")}'?", Assert.Throws<GraftException>(() => ImageSets.Scan(At("flower.csv"), cancel: TestContext.Current.CancellationToken)).Message);
        Assert.Equal($"There is no file '{At("nothing.jsonl")}'. Check the path.", Assert.Throws<GraftException>(() => ImageList.Paths(At("nothing.jsonl"), cancel: TestContext.Current.CancellationToken)).Message);
        Assert.EndsWith($"check the path. Did you mean '{At("img")}'?", Assert.Throws<GraftException>(() => ImageSets.Scan(At("imgs"), cancel: TestContext.Current.CancellationToken)).Message);
    }

    [Theory]
    [InlineData("houses.csv", "houses")]
    [InlineData("x/list.all.jsonl", "list.all")]
    [InlineData("bccd/", "bccd")]
    [InlineData("coco/annotations/instances_train2017.json", "coco")]
    [InlineData("rf/train/_annotations.coco.json", "train")]
    public void AModelIsCalledAsItsListIs(string path, string name) => Assert.Equal(name, ImageList.NameOf(path));

    [Fact]
    public void AFolderTakesNoColumns()
    {
        GraftException error = Assert.Throws<GraftException>(() => ImageSets.Scan(At("img"), list: new ImageListOptions { LabelColumns = ["x"] }, cancel: TestContext.Current.CancellationToken));
        Assert.Equal($"--label-column names a column of a list, and '{At("img")}' is a folder, whose folders are classes. Leave it out, or name the list.", error.Message);
    }

    [Fact]
    public void WhatIsExcludedIsNamedFromTheFolderOrFromWhereOneStands()
    {
        ImageSets sets = Scan("list.csv", "path,label\nimg/a.jpg,rose\nimg/b.jpg,tulip\nimg/c.jpg,rose\nimg/none.jpg,rose\nimg/d.jpg,tulip\n");
        string here = Path.GetRelativePath(Environment.CurrentDirectory, At("img/a.jpg"));
        ImageSets without = sets.Without([here, "img/b.jpg", "img/none.jpg"], "out.txt");
        Assert.Equal(["img/c.jpg", "img/d.jpg"], without.Train.Items.Select(item => item.RelativePath));
        Assert.Empty(without.Train.Skipped);
        Assert.EndsWith($"3 images of '{At("list.csv")}' are left out, as 'out.txt' says.", without.Remarks[^1]);
    }

    [Fact]
    public void AnImageIsInOnePart()
    {
        ImageSets sets = Scan("list.csv", "path,label,split\nimg/a.jpg,rose,train\nimg/a.jpg,rose,val\nimg/b.jpg,tulip,\nimg/c.jpg,rose,\nimg/d.jpg,rose,val\n");
        Assert.Equal("rows 2 and 3 put it into two parts", Assert.Single(sets.Train.Skipped).Reason);
        Assert.Contains("1 image of 'list.csv' is in more than one part, and left out: what is judged by would be learned from.", sets.Remarks);
        Assert.Equal(["img/c.jpg", "img/b.jpg"], sets.Train.Items.Select(item => item.RelativePath));
    }

    [Fact]
    public void ImagesOutsideTheFolderAndBehindLinksAreTaken()
    {
        using TemporaryFolder other = new();
        File.WriteAllBytes(Path.Combine(other.Path, "x.jpg"), []);
        File.CreateSymbolicLink(At("img/link.jpg"), Path.Combine(other.Path, "x.jpg"));
        File.CreateSymbolicLink(At("img/dead.jpg"), Path.Combine(other.Path, "none.jpg"));
        ImageSets sets = Scan("list.csv", $"path,label\n{other.Path}/x.jpg,rose\nimg/link.jpg,tulip\nimg/dead.jpg,tulip\n");
        Assert.Equal([$"{other.Path}/x.jpg", "img/link.jpg"], sets.Train.Items.Select(item => item.RelativePath));
        Assert.Equal("a link to a file that is not there", Assert.Single(sets.Train.Skipped).Reason);
        Assert.Contains("1 image of 'list.csv' lies outside the list's folder.", sets.Remarks);
    }

    [Theory]
    [InlineData("list.csv", "", "'list.csv' is empty. A table has a row for each image, and most have a first row of names.")]
    [InlineData("list.csv", "name,label\nimg/a.jpeg2,rose\n", "'list.csv' has no column 'path'; it has 'name', 'label'. Name the one that holds the files: --path-column NAME.")]
    [InlineData("list.csv", "path,colour\nimg/a.jpg,red\n", "'list.csv' has no column 'label', 'labels' or 'value'; it has 'path', 'colour'. Name the one that holds them: --label-column NAME, or several: --label-column A,B,C.")]
    [InlineData("list.csv", "path,label,value\nimg/a.jpg,red,1\n", "'list.csv' has 'label' and 'value', and one is meant. Name it: --label-column NAME.")]
    [InlineData("list.csv", "path,label\nimg/a.jpg,red;blue\n", "Labels of 'list.csv' hold a ';': they may be several labels of an image, or names. Say which: --task multilabel or --task classify.")]
    [InlineData("list.csv", "path,label\nimg/a.jpg,1.5\nimg/b.jpg,2\n", "The labels of 'list.csv' are numbers: they may be values or names of classes. Say which: --task regress or --task classify.")]
    [InlineData("list.csv", "path,label,split\nimg/a.jpg,red,holiday\n", "'LIST', row 2: 'holiday' is no part. Parts are train, val and test; the column 'split' says which an image belongs to.")]
    [InlineData("list.csv", "path,path,label\nimg/a.jpg,b,red\n", "'list.csv' has 2 columns that are named 'path'. Rename all but one.")]
    [InlineData("list.csv", "path,label\nimg/a.jpg,\"red\nimg/b.jpg,blue\n", "'list.csv', row 2: a quote is not closed. Close it; a quote within a quoted cell is written twice.")]
    [InlineData("list.csv", "path,label\nimg/a.jpg,red,green\n", "'list.csv', row 2 has 3 cells, but there are 2 columns. Put cells that hold a ',' into quotes.")]
    [InlineData("list.csv", "path,label\nimg/a.jpg,red\n", "A classifier needs at least two classes with images; 'LIST' has one, 'red', with 1. Give images of another one its name in the column of labels.")]
    [InlineData("list.csv", "path,label\n", "'LIST' has no rows. A list has a row for each image.")]
    [InlineData("list.csv", "path,value\n", "'LIST' has no rows. A list has a row for each image.")]
    [InlineData("list.json", "hello", "'list.json' is not JSON: it begins with 'h'. A list is an array of objects, or an object a line.")]
    [InlineData("list.json", "[1, 2]", "'list.json', object 1 (line 1) is none. A list has an object for each image: {\"path\": \"a.jpg\", \"label\": \"rose\"}.")]
    [InlineData("list.json", "[{\"path\": \"img/a.jpg\", \"label\": {}}, {}]", "'list.json', object 1: 'label' holds objects. In a list it is a text, a number, or an array of such.")]
    [InlineData("list.json", "[{\"path\": \"img/a.jpg\", \"label\": \"a\"}", "'list.json' ends in line 1, where ',' or ']' should be. Write it anew.")]
    [InlineData("list.png", "x", "'LIST' is a file. Images are read from a folder with a folder of images for each class, or from a list that ends in .csv, .tsv, .txt, .json or .jsonl.")]
    public void WhatIsNoListIsToldInASentence(string name, string text, string message) =>
        Assert.StartsWith(message.Replace("LIST", At(name)), Assert.Throws<GraftException>(() => Scan(name, text)).Message);

    [Fact]
    public void AFolderMayHaveAListForEachPart()
    {
        File.WriteAllText(At("val.csv"), "path,label\nimg/c.jpg,rose\n");
        Scan("train.csv", "path,label\nimg/a.jpg,rose\nimg/b.jpg,tulip\n");
        ImageSets sets = ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken);
        Assert.Equal((2, 1, true), (sets.Train.Items.Count, sets.Validation!.Items.Count, sets.IsDivided));
    }

    [Fact]
    public void PascalsAnnotationsAreLabels()
    {
        foreach (string name in (string[])["Annotations", "JPEGImages", "ImageSets/Main"]) Directory.CreateDirectory(At(name));
        foreach (string name in (string[])["x", "y"]) File.WriteAllBytes(At($"JPEGImages/{name}.jpg"), []);
        File.WriteAllText(At("Annotations/x.xml"), "<annotation><folder>f</folder><object><name>RBC</name><part><name>core</name></part></object><object><name>WBC</name></object><object><name>RBC</name></object></annotation>");
        File.WriteAllText(At("Annotations/y.xml"), "<annotation><size><name>no</name></size></annotation>");
        File.WriteAllText(At("ImageSets/Main/train.txt"), "x\n");
        File.WriteAllText(At("ImageSets/Main/val.txt"), "y -1\n");
        ImageSets sets = ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(["RBC", "WBC"], sets.Train.Classes);
        Assert.Contains($"'{Path.GetFileName(folder.Path)}' is read as a list of labels, any number for each image, by the names of its objects.", sets.Remarks);
        Assert.Equal(
            $"'{folder.Path}' is divided already: train has 1 image, val has 1 image. Train on it as it is: graft train {folder.Path}. To divide all of it anew: --anew.",
            Assert.Throws<GraftException>(() => ListSplit.Write(folder.Path, At("s"), 0.5, cancel: TestContext.Current.CancellationToken)).Message);
        Assert.Equal((0, 2), ListSplit.Write(folder.Path, At("s"), 1, anew: true, cancel: TestContext.Current.CancellationToken));
        Assert.Equal(["path,labels", "../JPEGImages/x.jpg,\"RBC;WBC\"", "../JPEGImages/y.jpg,"], File.ReadAllLines(At("s/held-out.csv")));
        Assert.Equal([1f, 1f], Assert.Single(sets.Train.Items).Targets);
        Assert.Equal([0f, 0f], Assert.Single(sets.Validation!.Items).Targets);

        File.WriteAllText(At("Annotations/z.xml"), "<!DOCTYPE a [<!ENTITY b \"c\">]><annotation/>");
        Assert.Contains("z.xml' cannot be read: it has a document type (<!DOCTYPE>), which may pull in other files and is not read. Correct it, or move it away.", Assert.Throws<GraftException>(() => ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void CocosAnnotationsAreLabels()
    {
        const string Text = """
            {"info": {}, "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 3, "file_name": "b.jpg"}], "categories": [{"id": 1, "name": "cat"}, {"id": 90, "name": "dog"}],
             "annotations": [{"image_id": 7, "category_id": 90, "bbox": [1, 2, 3, 4]}, {"image_id": 7, "category_id": 1}, {"image_id": 7, "category_id": 1}]}
            """;
        Directory.CreateDirectory(At("annotations"));
        Directory.Move(At("img"), At("images"));
        ImageSets sets = Scan("annotations/instances_x.json", Text);
        Assert.Contains("'instances_x.json' is read as a list of labels, any number for each image, by the categories of its annotations.", sets.Remarks);
        Directory.CreateDirectory(At("val2017"));
        File.WriteAllText(At("annotations/instances_train.json"), Text);
        Assert.Equal(
            $"'{folder.Path}' is a folder of COCO's layout; its labels are in a file. Name it: '{At("annotations/instances_train.json")}'. There is also '{At("annotations/instances_x.json")}'.",
            Assert.Throws<GraftException>(() => ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken)).Message);
        Assert.Equal(["cat", "dog"], sets.Train.Classes);
        Assert.Equal([("a.jpg", "1 1"), ("b.jpg", "0 0")], sets.Train.Items.Select(item => (Path.GetFileName(item.Path), string.Join(' ', item.Targets))));
        Assert.Equal(
            "'instances_x.json' has an annotation (entry 1) of the category 5, which is not among its categories.",
            Assert.Throws<GraftException>(() => Scan("annotations/instances_x.json", Text.Replace("\"category_id\": 90", "\"category_id\": 5"))).Message);
    }

    [Fact]
    public void AMillionRowsOfNothingTakeLittle()
    {
        using (StreamWriter writer = new(At("long.csv")))
        {
            writer.WriteLine("path,label");
            for (int i = 0; i < 1_000_000; i++) writer.WriteLine($"missing/{i}.jpg,c{i % 10_000}");
            writer.WriteLine("img/a.jpg,x\nimg/b.jpg,y");
        }

        ImageSets sets = ImageSets.Scan(At("long.csv"), cancel: TestContext.Current.CancellationToken);
        Assert.Equal((2, 1000), (sets.Train.Items.Count, sets.Train.Skipped.Count));
        Assert.Contains("1,000,000 rows of 'long.csv' are left out; the first 1,000 are listed.", sets.Remarks);
    }

    private string At(string name) => Path.Combine(folder.Path, name);

    private ImageSets Scan(string name, string text, ImageListOptions? options = null, Encoding? encoding = null)
    {
        File.WriteAllText(At(name), text, encoding ?? new UTF8Encoding(false));
        return ImageSets.Scan(At(name), list: options);
    }
}
