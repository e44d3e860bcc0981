//! The classes and functions that may be named: those that genuine dumps of the models name that are read. None is ever run.

/// What calling something makes, without calling it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Makes {
    /// An object that holds what it was made with, and its attributes.
    Object,
    /// `_codecs.encode(text, "latin1")`: bytes.
    Encoded,
    /// `bytearray(bytes)`, `bytes()`.
    Bytes,
    /// An empty dict.
    Dict,
    /// `numpy.dtype(code, False, True)`.
    Dtype,
    /// An array whose content comes with its state.
    EmptyArray,
    /// `_frombuffer(bytes, dtype, shape, order)`.
    Array,
    /// `scalar(dtype, bytes)`.
    Scalar,
    /// A class that is only named, such as the type of an array.
    Nothing,
    /// joblib's note that the content of an array follows.
    Wrapper,
}

/// Names, the newest of a thing first, and what they make.
const CLASSES: &[(&str, Makes)] = &[
    ("_codecs.encode", Makes::Encoded),
    ("builtins.bytearray", Makes::Bytes),
    ("__builtin__.bytearray", Makes::Bytes),
    ("builtins.bytes", Makes::Bytes),
    ("__builtin__.bytes", Makes::Bytes),
    ("builtins.slice", Makes::Object),
    ("__builtin__.slice", Makes::Object),
    ("collections.OrderedDict", Makes::Dict),
    ("collections.defaultdict", Makes::Dict),
    ("functools.partial", Makes::Object),
    ("numpy.dtype", Makes::Dtype),
    ("numpy.ndarray", Makes::Nothing),
    ("numpy.float64", Makes::Nothing),
    ("numpy.float32", Makes::Nothing),
    ("numpy.int64", Makes::Nothing),
    ("numpy._core.multiarray._reconstruct", Makes::EmptyArray),
    ("numpy.core.multiarray._reconstruct", Makes::EmptyArray),
    ("numpy._core.multiarray.scalar", Makes::Scalar),
    ("numpy.core.multiarray.scalar", Makes::Scalar),
    ("numpy._core.numeric._frombuffer", Makes::Array),
    ("numpy.core.numeric._frombuffer", Makes::Array),
    ("numpy.random._mt19937.MT19937", Makes::Object),
    ("numpy.random._pcg64.PCG64", Makes::Object),
    ("numpy.random._pickle.__bit_generator_ctor", Makes::Object),
    ("numpy.random._pickle.__generator_ctor", Makes::Object),
    ("numpy.random._pickle.__randomstate_ctor", Makes::Object),
    ("numpy.random.bit_generator.SeedSequence", Makes::Nothing),
    ("numpy.random.bit_generator.__pyx_unpickle_SeedSequence", Makes::Object),
    ("joblib.numpy_pickle.NumpyArrayWrapper", Makes::Wrapper),
    ("sklearn._loss._loss.CyHalfBinomialLoss", Makes::Object),
    ("sklearn._loss.link.Interval", Makes::Object),
    ("sklearn._loss.link.LogitLink", Makes::Object),
    ("sklearn._loss.loss.HalfBinomialLoss", Makes::Object),
    ("sklearn.calibration.CalibratedClassifierCV", Makes::Object),
    ("sklearn.calibration._CalibratedClassifier", Makes::Object),
    ("sklearn.calibration._SigmoidCalibration", Makes::Object),
    ("sklearn.compose._column_transformer.ColumnTransformer", Makes::Object),
    ("sklearn.dummy.DummyClassifier", Makes::Object),
    ("sklearn.ensemble._forest.ExtraTreesClassifier", Makes::Object),
    ("sklearn.ensemble._forest.RandomForestClassifier", Makes::Object),
    ("sklearn.ensemble._gb.GradientBoostingClassifier", Makes::Object),
    ("sklearn.ensemble._hist_gradient_boosting.binning._BinMapper", Makes::Object),
    ("sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier", Makes::Object),
    ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor", Makes::Object),
    ("sklearn.frozen._frozen.FrozenEstimator", Makes::Object),
    ("sklearn.impute._base.SimpleImputer", Makes::Object),
    ("sklearn.isotonic.IsotonicRegression", Makes::Object),
    ("sklearn.linear_model._logistic.LogisticRegression", Makes::Object),
    ("sklearn.pipeline.Pipeline", Makes::Object),
    ("sklearn.preprocessing._data.MinMaxScaler", Makes::Object),
    ("sklearn.preprocessing._data.StandardScaler", Makes::Object),
    ("sklearn.preprocessing._encoders.OneHotEncoder", Makes::Object),
    ("sklearn.preprocessing._encoders.OrdinalEncoder", Makes::Object),
    ("sklearn.preprocessing._function_transformer.FunctionTransformer", Makes::Object),
    ("sklearn.preprocessing._label.LabelEncoder", Makes::Object),
    ("sklearn.tree._classes.DecisionTreeClassifier", Makes::Object),
    ("sklearn.tree._classes.DecisionTreeRegressor", Makes::Object),
    ("sklearn.tree._classes.ExtraTreeClassifier", Makes::Object),
    ("sklearn.tree._tree.Tree", Makes::Object),
    ("sklearn.utils.validation.check_array", Makes::Nothing),
    ("lightgbm.basic.Booster", Makes::Object),
    ("lightgbm.sklearn.LGBMClassifier", Makes::Object),
    ("xgboost.core.Booster", Makes::Object),
    ("xgboost.sklearn.XGBClassifier", Makes::Object),
    ("xgboost.sklearn.XGBRFClassifier", Makes::Object),
];

/// The allowed name, if it is one.
pub fn allowed(module: &str, name: &str) -> Option<&'static str> {
    let same = |full: &str| full.strip_prefix(module).and_then(|rest| rest.strip_prefix('.')) == Some(name);
    CLASSES.iter().map(|(full, _)| *full).find(|full| same(full))
}

/// What an allowed name makes.
pub fn makes(class: &str) -> Makes {
    CLASSES.iter().find(|(full, _)| *full == class).map_or(Makes::Nothing, |(_, makes)| *makes)
}
